import { EverfoldError } from '../errors.js';

/** A switch was refused: events found no document because the beginning of their stream is gone. Nothing was changed. */
export class OrphanedEventsError extends EverfoldError {
  static readonly code = 'ORPHANED_EVENTS';
  readonly code = OrphanedEventsError.code;
  constructor(
    readonly consumer: string,
    /** How many events. */
    readonly count: number,
    options?: ErrorOptions,
  ) {
    super(
      `'${consumer}' was not switched to: ${count} events found no document, because retention hides the beginning of their stream. ` +
        'What they once made is missing in it: stay with the one in use, or accept orphans.',
      options,
    );
  }
}

/** What a generation was to be used for is not possible as it stands. Nothing was changed. */
export class GenerationRefusedError extends EverfoldError {
  static readonly code = 'GENERATION_REFUSED';
  readonly code = GenerationRefusedError.code;
  constructor(
    /** `name@version.generation`. */
    readonly consumer: string,
    /** As a clause that ends a sentence. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`Refused for '${consumer}': ${reason}.`, options);
  }
}

/** A switch did not come to its end. The generation in use is the one before, and is fed on. */
export class SwitchInterruptedError extends EverfoldError {
  static readonly code = 'SWITCH_INTERRUPTED';
  readonly code = SwitchInterruptedError.code;
  constructor(
    readonly consumer: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(
      `The switch to '${consumer}' was called off: ${reason}. Everything is as before: try again.`,
      options,
    );
  }
}
