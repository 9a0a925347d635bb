import { AsyncLocalStorage } from 'node:async_hooks';
import type { Position } from '../event-store/position.js';
import { processWide } from '../process-wide.js';

/** Who and what led to the present work; reaches the metadata of every event raised in it. */
export interface MessageContext {
  /** The id of the present command: a repeat with the same id acts once. */
  readonly commandId?: string | undefined;
  /** SHA-256 of the command's canonical JSON; the pipeline fills it in. */
  readonly commandHash?: string | undefined;
  /**
   * Position of the event that led to this command: how far back a late repeat is looked for. `BEFORE_ALL_POSITIONS`: in the
   * whole stream.
   */
  readonly issuedAt?: Position | undefined;
  /** Equal for everything that goes back to one request. Default: a new one for each update. */
  readonly correlationId?: string | undefined;
  /** The id of the message that led directly to this work. */
  readonly causationId?: string | undefined;
  /** Who acts, in the application's own terms. */
  readonly actor?: string | undefined;
  /** For whom, where one system serves several. */
  readonly tenant?: string | undefined;
  /** W3C trace context: `00-<trace id>-<parent id>-<flags>`. */
  readonly traceparent?: string | undefined;
}

/** What travels with the asynchronous flow: the context, and how often each command updated each stream in it. */
interface Frame {
  readonly context: MessageContext;
  readonly updates: Map<string, number>;
}

let shared: AsyncLocalStorage<Frame> | undefined;

function storage(): AsyncLocalStorage<Frame> {
  shared ??= processWide('message-context', () => new AsyncLocalStorage<Frame>());
  return shared;
}

/**
 * Runs `run`, and everything asynchronous that it begins, in a context. Inside another one the fields given replace the outer
 * ones and the others stay; but where the outer context has a command and `commandId` names another one, `commandHash` and
 * `issuedAt` of the outer command do not go with it.
 *
 * The updates of a command are counted on where the context belongs to the same command: it names no id, or the id of the command
 * that is being handled. Otherwise they are counted anew, so that what is run again under its id counts from 0.
 *
 * @returns What `run` returns.
 */
export function withContext<R>(context: MessageContext, run: () => R): R {
  const frame = storage().getStore();
  const outer = frame?.context;
  const inherited = outer !== undefined && isOfAnother(outer, context) ? ofNoCommand(outer) : outer;
  const inner = { ...inherited, ...context };
  const goesOn = frame !== undefined && isPartOf(frame.context, context, inner);
  return storage().run({ context: inner, updates: goesOn ? frame.updates : new Map() }, run);
}

/** @internal Runs the handler of the present command: its updates are counted from 0. */
export function handlingCommand<R>(run: () => R): R {
  const { context = {} } = storage().getStore() ?? {};
  const handled: HandlingContext = { ...context, [HANDLING]: context.commandId ?? '' };
  return storage().run({ context: handled, updates: new Map() }, run);
}

/** @internal Whether the present command is being handled. */
export function isHandlingCommand(): boolean {
  return isHandled(storage().getStore()?.context ?? {});
}

const HANDLING = Symbol.for('everfold.command-handling');

/** The id of the command whose handler runs, `''` when it has none. */
type HandlingContext = MessageContext & { readonly [HANDLING]?: string };

function isHandled(context: HandlingContext): boolean {
  return context[HANDLING] !== undefined && context[HANDLING] === (context.commandId ?? '');
}

function isPartOf(outer: MessageContext, given: MessageContext, inner: MessageContext): boolean {
  if (inner.commandId === undefined || inner.commandId !== outer.commandId) return false;
  return !('commandId' in given) || isHandled(outer);
}

/**
 * Runs `run` in the present context, but outside of the command that is being handled, if any: what it begins is work of its own,
 * with no command id, and neither a part nor a repeat of that command.
 *
 * @param context - Replaces fields of the present context, as in {@link withContext}.
 * @returns What `run` returns.
 */
export function outsideCommand<R>(context: MessageContext, run: () => R): R {
  const outer = storage().getStore()?.context ?? {};
  const { correlationId, causationId, actor, tenant, traceparent } = outer;
  const around: MessageContext = { correlationId, causationId, actor, tenant, traceparent };
  return storage().run({ context: { ...around, ...context }, updates: new Map() }, run);
}

function isOfAnother({ commandId }: MessageContext, inner: MessageContext): boolean {
  return commandId !== undefined && 'commandId' in inner && inner.commandId !== commandId;
}

/** What a context says of no command in particular. */
function ofNoCommand({ commandHash: _hash, issuedAt: _issuedAt, ...rest }: MessageContext) {
  return rest;
}

/** The context of the present work; empty outside of {@link withContext}. */
export function currentContext(): MessageContext {
  return storage().getStore()?.context ?? {};
}

/** @internal Counts the updates that a command makes of a stream within the present context, from 0; always 0 outside. */
export function nextUpdateOf(stream: string, commandId: string): number {
  const updates = storage().getStore()?.updates;
  const key = updateKey(stream, commandId);
  const index = updates?.get(key) ?? 0;
  updates?.set(key, index + 1);
  return index;
}

/**
 * How many updates of a stream the present command has made so far, repeats included: the `commandIndex` of the next one. A
 * handler that is run again begins with 0.
 *
 * @returns 0 outside of a command that has an id.
 */
export function updatesSoFar(stream: string): number {
  const frame = storage().getStore();
  const { commandId } = frame?.context ?? {};
  return commandId === undefined ? 0 : (frame?.updates.get(updateKey(stream, commandId)) ?? 0);
}

/** Streams and ids may hold any character, so that no separator keeps two pairs apart. */
function updateKey(stream: string, commandId: string): string {
  return JSON.stringify([stream, commandId]);
}
