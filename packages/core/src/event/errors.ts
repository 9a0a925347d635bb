import { EverfoldError } from '../errors.js';

/** A value in an event or in metadata would not survive JSON. Nothing was written. */
export class UnserializableEventError extends EverfoldError {
  static readonly code = 'UNSERIALIZABLE_EVENT';
  readonly code = UnserializableEventError.code;
  /**
   * @param type - The event type as stored.
   * @param path - The place of the bad value, from `data` or `metadata`: `data.lines[2].price`; shortened in the middle
   * (`…`) beyond 201 characters.
   * @param reason - What JSON would have done to it.
   */
  constructor(
    readonly type: string,
    readonly path: string,
    reason: string,
  ) {
    super(`Event '${type}' cannot be stored: ${path}: ${reason}.`);
  }
}

/** One rule that an event or a command breaks, as class-validator reports it. */
export interface ValidationProblem {
  /** The place of the bad value, with dots: `lines.2.price`. */
  readonly path: string;
  /** What is asked of it, a sentence per broken rule. */
  readonly messages: readonly string[];
}

/** An event that breaks the class-validator rules of its class was raised. It was not applied, nothing was written. */
export class EventInvalidError extends EverfoldError {
  static readonly code = 'EVENT_INVALID';
  readonly code = EventInvalidError.code;
  constructor(
    readonly type: string,
    readonly errors: readonly ValidationProblem[],
  ) {
    super(
      `Event '${type}' is not valid: ${errors.map(({ path, messages }) => `${path}: ${messages.join(', ')}`).join('; ')}. Check the values before raising it.`,
    );
  }
}

/**
 * A fold that must know every fact of its stream met an event type that nobody told it about. Nothing was decided.
 * Remedy: add `.on(…)` for it, or name it in `.ignore(…)`.
 */
export class UnknownEventTypeError extends EverfoldError {
  static readonly code = 'UNKNOWN_EVENT_TYPE';
  readonly code = UnknownEventTypeError.code;
  constructor(
    readonly type: string,
    readonly stream: string,
    readonly revision: number,
  ) {
    super(
      `Event ${revision} of stream '${stream}' has the type '${type}', which its fold does not know. ` +
        `Handle it with .on(…), or pass over it with .ignore('${type}').`,
    );
  }
}

/**
 * A stored event is of a newer version than this process knows: it runs older code than the writer. Nothing was decided.
 * Remedy: deploy the newer code here as well.
 */
export class EventVersionTooNewError extends EverfoldError {
  static readonly code = 'EVENT_VERSION_TOO_NEW';
  readonly code = EventVersionTooNewError.code;
  constructor(
    readonly type: string,
    readonly stored: number,
    readonly known: number,
  ) {
    super(
      `An event of type '${type}' is stored in version ${stored}, but this process knows version ${known}. ` +
        'It runs older code than the writer: deploy the newer version here.',
    );
  }
}

/** An event of an older version is stored, and its class says no way to the present one. */
export class UpcasterMissingError extends EverfoldError {
  static readonly code = 'UPCASTER_MISSING';
  readonly code = UpcasterMissingError.code;
  constructor(
    readonly type: string,
    readonly stored: number,
    readonly known: number,
  ) {
    super(
      `An event of type '${type}' is stored in version ${stored}; version ${known} is registered without an upcaster from there. ` +
        `Give the class its history: upcasts<V${stored}>().to(…).`,
    );
  }
}
