/** Stable codes of everything that Everfold throws on purpose. Misuse is a `TypeError` and carries none. */
export type EverfoldErrorCode =
  | 'WRONG_EXPECTED_REVISION'
  | 'STREAM_DELETED'
  | 'APPEND_OUTCOME_UNKNOWN'
  | 'WRITE_LOCK_HELD'
  | 'STORE_UNAVAILABLE'
  | 'STORE_REFUSED'
  | 'NOT_A_STORE'
  | 'STORE_FORMAT_TOO_NEW'
  | 'STORE_CORRUPTED'
  | 'UNSERIALIZABLE_EVENT'
  | 'EVENT_INVALID'
  | 'UNKNOWN_EVENT_TYPE'
  | 'EVENT_VERSION_TOO_NEW'
  | 'UPCASTER_MISSING'
  | 'AGGREGATE_NOT_FOUND'
  | 'AGGREGATE_EXISTS'
  | 'AGGREGATE_TRUNCATED'
  | 'CONCURRENCY'
  | 'COMMAND_ID_REUSED'
  | 'COMMAND_INVALID'
  | 'CHECKPOINT_AHEAD_OF_LOG'
  | 'FOREIGN_POSITION'
  | 'LEASE_LOST'
  | 'READ_MODEL_BEHIND'
  | 'DOCUMENT_PARKED'
  | 'DOCUMENT_TOO_LARGE'
  | 'UNSERIALIZABLE_DOCUMENT'
  | 'UNIQUE_INDEX'
  | 'PROJECTION_CHANGED'
  | 'ORPHANED_EVENTS'
  | 'GENERATION_REFUSED'
  | 'SWITCH_INTERRUPTED';

const CODES = Symbol.for('everfold.error-codes');

/**
 * The base of every error that Everfold throws on purpose: a stable {@link code}, typed fields, the `cause` where
 * there is one, and a message that names the remedy.
 *
 * `instanceof` works across copies of the package (ES module and CommonJS in one process): it compares codes, not
 * constructors.
 */
export abstract class EverfoldError extends Error {
  /** Tells what happened; part of the public contract, unlike the message. */
  abstract readonly code: EverfoldErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    Object.defineProperty(this, CODES, { value: codesOf(new.target) });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (typeof value !== 'object' || value === null || !(CODES in value)) return false;
    if (this === EverfoldError) return true;
    const own = Object.hasOwn(this, 'code') ? (this as { code?: string }).code : undefined;
    if (own === undefined) return Function.prototype[Symbol.hasInstance].call(this, value);
    return (value[CODES] as readonly string[]).includes(own);
  }
}

function codesOf(errorClass: object): readonly string[] {
  const codes: string[] = [];
  for (let at: object | null = errorClass; at !== null; at = Object.getPrototypeOf(at)) {
    const code: unknown = Object.hasOwn(at, 'code') ? Reflect.get(at, 'code') : undefined;
    if (typeof code === 'string') codes.push(code);
  }
  return codes;
}
