import { createHash } from 'node:crypto';
import { canonicalize } from 'json-canonicalize';
import { copyFields } from '../event/definition.js';
import type { Json } from '../event/json.js';
import { findFieldsProblem, MAX_JSON_DEPTH } from '../event/json.js';
import { withPlainNested } from '../event/nested-values.js';
import { commandClassOf, commandTypeOf } from './command-type.js';

/** A command as it is stored. */
export interface EncodedCommand {
  /** The name that `@CommandType` gave it. */
  readonly type: string;
  /** Its own enumerable fields. */
  readonly data: { readonly [field: string]: Json };
}

/**
 * Turns a command into what can be stored: its own enumerable fields. A field that holds `undefined` is left out, as an
 * optional one that nobody gave. Instances of classes in a property with class-validator's `@ValidateNested` are stored as their
 * own enumerable fields; elsewhere they are refused.
 *
 * @throws TypeError when its class has no `@CommandType`, or JSON would change a value; the message names the path.
 */
export function encodeCommand(command: object): EncodedCommand {
  return encode(withPlainNested(command), (value) => value);
}

function encode(command: object, view: (value: unknown) => unknown): EncodedCommand {
  const type = commandTypeOf(command);
  const given = Object.entries(command).filter(([, value]) => value !== undefined);
  const fields = given.map(([key, value]) => [key, view(value)] as const);
  const data = Object.fromEntries(fields) as EncodedCommand['data'];
  const problem = findFieldsProblem(data, 'data');
  if (problem !== undefined)
    throw new TypeError(`Command '${type}' cannot be stored: ${problem.path}: ${problem.reason}.`);
  return { type, data };
}

/**
 * Makes a command of what was stored, without calling its constructor. What was an instance further down is a plain object now:
 * class-validator's `@ValidateNested` does not take it, so validate such commands before they are stored.
 *
 * @throws TypeError when no class, or more than one, is known for its type.
 */
export function decodeCommand({ type, data }: EncodedCommand): object {
  const commandClass = commandClassOf(type);
  const command: object = Object.create(commandClass.prototype as object);
  copyFields(structuredClone(data), command);
  return command;
}

/**
 * Tells commands apart: SHA-256, in hexadecimal, of type and data as canonical JSON. Equal fields give equal hashes, whatever
 * their order. Instances of classes further down count by their fields, those too that {@link encodeCommand} refuses: a command has one hash,
 * before it was stored and after.
 *
 * @throws TypeError when its class has no `@CommandType`, or a value has no JSON form.
 * @see https://www.rfc-editor.org/rfc/rfc8785 for the canonical form.
 */
export function commandHash(command: object): string {
  return createHash('sha256')
    .update(canonicalize(encode(command, (value) => fieldsOf(value))))
    .digest('hex');
}

/** Instances of classes as plain objects; what is not made of fields stays, and is refused. */
function fieldsOf(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_JSON_DEPTH) return value;
  if (Array.isArray(value)) return value.map((each) => fieldsOf(each, depth + 1));
  if (Object.prototype.toString.call(value) !== '[object Object]') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, fieldsOf(each, depth + 1)]),
  );
}
