import { EverfoldError } from '../errors.js';
import type { ActualRevision, ExpectedRevision } from './expected-revision.js';
import type { Position } from './position.js';

/** Another writer came first, or the stream does not stand where it was expected. Nothing was written. */
export class WrongExpectedRevisionError extends EverfoldError {
  static readonly code = 'WRONG_EXPECTED_REVISION';
  readonly code = WrongExpectedRevisionError.code;
  /**
   * @param actual - The stream's last revision, `'no-stream'` when it never had an event, `'deleted'` when it was deleted.
   */
  constructor(
    readonly stream: string,
    readonly expected: ExpectedRevision,
    readonly actual: ActualRevision,
    options?: ErrorOptions,
  ) {
    super(
      `Stream '${stream}' was expected at ${expected}, but stands at ${actual}. Nothing was written: load it again and decide anew.`,
      options,
    );
  }
}

/** The stream has a tombstone: it can be neither read nor written, ever. Nothing was written. */
export class StreamDeletedError extends EverfoldError {
  static readonly code = 'STREAM_DELETED';
  readonly code = StreamDeletedError.code;
  constructor(
    readonly stream: string,
    options?: ErrorOptions,
  ) {
    super(
      `Stream '${stream}' has a tombstone. Use another stream: this one can never be used again.`,
      options,
    );
  }
}

/**
 * The answer to an append was lost: it may have been written or not. Repeat it with the same ids and the same expected
 * revision, which is harmless either way; repositories do so themselves.
 */
export class AppendOutcomeUnknownError extends EverfoldError {
  static readonly code: 'APPEND_OUTCOME_UNKNOWN' | 'WRITE_LOCK_HELD' = 'APPEND_OUTCOME_UNKNOWN';
  readonly code: 'APPEND_OUTCOME_UNKNOWN' | 'WRITE_LOCK_HELD' = 'APPEND_OUTCOME_UNKNOWN';
  constructor(
    readonly stream: string,
    message = `It is not known whether the append to '${stream}' was written: repeat it with the same event ids and the same expected revision.`,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Another process stopped inside a commit and holds the write lock of the embedded store. The append may be written later,
 * when that process goes on or ends. While it lasts, further appends reject at once and are not queued; reads go on.
 */
export class WriteLockHeldError extends AppendOutcomeUnknownError {
  static override readonly code = 'WRITE_LOCK_HELD';
  override readonly code = 'WRITE_LOCK_HELD';
}

/** The store cannot be used now: closed, not reachable, or its disk is full. Nothing was written by the call that rejects with it. */
export class StoreUnavailableError extends EverfoldError {
  static readonly code = 'STORE_UNAVAILABLE';
  readonly code = StoreUnavailableError.code;
}

/**
 * The server of a store refuses what is asked of it, and will again: credentials are wrong, or rights are missing. Nothing was written
 * by the call that rejects with it.
 */
export class StoreRefusedError extends EverfoldError {
  static readonly code = 'STORE_REFUSED';
  readonly code = StoreRefusedError.code;
}

/** What was to be opened is no store of this kind. It was not changed. */
export class NotAStoreError extends EverfoldError {
  static readonly code = 'NOT_A_STORE';
  readonly code = NotAStoreError.code;
}

/** The store was written by a newer version of its package. It was not changed. */
export class StoreFormatTooNewError extends EverfoldError {
  static readonly code = 'STORE_FORMAT_TOO_NEW';
  readonly code = StoreFormatTooNewError.code;
  constructor(
    readonly place: string,
    readonly found: number,
    readonly known: number,
  ) {
    super(
      `'${place}' has format ${found}; this version of the package knows format ${known}. Update the package: the store was not changed.`,
    );
  }
}

/** Stored bytes are not what was written. Restore a backup. */
export class StoreCorruptedError extends EverfoldError {
  static readonly code = 'STORE_CORRUPTED';
  readonly code = StoreCorruptedError.code;
  /** @param position - The first position that is affected, where it is known. */
  constructor(
    readonly position: Position | undefined,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(
      `The store is corrupted${position === undefined ? '' : ` at position ${position}`}: ${detail}. Run verify() and restore a backup.`,
      options,
    );
  }
}

/** A position or a token of another store was handed in. */
export class ForeignPositionError extends EverfoldError {
  static readonly code = 'FOREIGN_POSITION';
  readonly code = ForeignPositionError.code;
  constructor(
    readonly position: string,
    readonly found: string,
    readonly own: string,
  ) {
    super(
      `Position ${position} belongs to ${found}, not to ${own}. Positions and tokens are valid for the store that handed them out, and for no other.`,
    );
  }
}

/** A consumer asks to go on behind the end of the log: the log was restored from an older copy, or is another one. */
export class CheckpointAheadOfLogError extends EverfoldError {
  static readonly code = 'CHECKPOINT_AHEAD_OF_LOG';
  readonly code = CheckpointAheadOfLogError.code;
  constructor(
    readonly position: Position,
    readonly head: Position | undefined,
  ) {
    super(
      `Position ${position} lies behind the end of the log (${head ?? 'empty'}). Was the log restored from a backup? Rebuild what was read from it.`,
    );
  }
}
