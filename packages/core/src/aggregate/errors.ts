import { EverfoldError } from '../errors.js';
import type { ExpectedRevision } from '../event-store/expected-revision.js';

/** There is no aggregate of this id: its stream has no event that a fold could see. Nothing was decided or written. */
export class AggregateNotFoundError extends EverfoldError {
  static readonly code = 'AGGREGATE_NOT_FOUND';
  readonly code = AggregateNotFoundError.code;
  constructor(
    readonly category: string,
    readonly id: string,
  ) {
    super(`There is no '${category}' with id '${id}'. Create it first, or check the id.`);
  }
}

/** There is an aggregate of this id already. Nothing was written. */
export class AggregateExistsError extends EverfoldError {
  static readonly code = 'AGGREGATE_EXISTS';
  readonly code = AggregateExistsError.code;
  constructor(
    readonly category: string,
    readonly id: string,
    options?: ErrorOptions,
  ) {
    super(`A '${category}' with id '${id}' exists already. Update it, or take a new id.`, options);
  }
}

/**
 * Retention hides the first events of an aggregate's stream, and no snapshot stands in for them. Nothing was decided or written.
 * Remedy: `setRetention(stream, {})` shows them again where the store still has them. Before a stream is shortened again, take
 * a snapshot, and truncate before its revision or an earlier one, so that its last event stays.
 */
export class AggregateTruncatedError extends EverfoldError {
  static readonly code = 'AGGREGATE_TRUNCATED';
  readonly code = AggregateTruncatedError.code;
  /** @param firstRevision - The first revision that can be seen; `undefined` when all events are hidden. */
  constructor(
    readonly stream: string,
    readonly firstRevision: number | undefined,
    options?: ErrorOptions,
  ) {
    super(
      `Retention hides ${firstRevision === undefined ? 'all events' : `the events before revision ${firstRevision}`} of '${stream}', and no ` +
        'snapshot stands in for them. Nothing was decided or written: lift it by setRetention(stream, {}), and truncate the stream ' +
        'of an aggregate only up to the revision of a snapshot.',
      options,
    );
  }
}

/** Other writers came first again and again, until the retries were spent. Nothing was written. */
export class ConcurrencyError extends EverfoldError {
  static readonly code = 'CONCURRENCY';
  readonly code = ConcurrencyError.code;
  /** @param attempts - How often it was decided, the first time included. */
  constructor(
    readonly stream: string,
    readonly expected: ExpectedRevision,
    readonly attempts: number,
    options?: ErrorOptions,
  ) {
    super(
      `Stream '${stream}' was written by others during each of ${attempts} attempts. Nothing was written: try again later, ` +
        'raise conflictRetries, or let fewer writers share one aggregate.',
      options,
    );
  }
}
