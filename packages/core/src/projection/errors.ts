import type { Committed } from '../aggregate/repository.js';
import { EverfoldError } from '../errors.js';
import type { Position } from '../event-store/position.js';

/** A read model did not have what a read, or a commit with `waitFor`, waited for in time. */
export class ReadModelBehindError extends EverfoldError {
  static readonly code = 'READ_MODEL_BEHIND';
  readonly code = ReadModelBehindError.code;
  /** Of `create` and `update` with `waitFor`: what they have committed, durably. */
  readonly committed: Committed<unknown> | undefined;
  /**
   * @param after - The position that was waited for; `undefined` when the read model is still being built for the first time.
   * @param reason - Why it cannot get there by itself, where that is known: stopped, paused.
   */
  constructor(
    readonly readModel: string,
    readonly after: Position | undefined,
    readonly timeoutMs: number,
    readonly reason?: string | undefined,
    options?: ErrorOptions & { readonly committed?: Committed<unknown> | undefined },
  ) {
    const committed = options?.committed;
    const problem =
      after === undefined
        ? `Read model '${readModel}' is still being built, and was not complete within ${timeoutMs} ms${because(reason)}`
        : `Read model '${readModel}' had not come as far as ${after} within ${timeoutMs} ms${because(reason)}`;
    super(
      committed === undefined
        ? `${problem}: ${after === undefined ? 'is a process running that feeds it?' : "read again, or without 'after'."}`
        : `${problem}. The change itself IS committed, at revision ${committed.revision}: do not make it again, read later with its token.`,
      options,
    );
    this.committed = committed;
  }
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${reason})`;
}

/** Events of a document are parked behind one that fails, so that it cannot have what a read waits for. */
export class DocumentParkedError extends EverfoldError {
  static readonly code = 'DOCUMENT_PARKED';
  readonly code = DocumentParkedError.code;
  constructor(
    readonly readModel: string,
    readonly documentId: string,
    /** The position of the first parked event. */
    readonly parkedSince: Position,
    options?: ErrorOptions,
  ) {
    super(
      `Document '${documentId}' of read model '${readModel}' is parked since the event at ${parkedSince}: ` +
        `see 'everfold parked show ${readModel}', mend the fold and retry, or drop the event.`,
      options,
    );
  }
}

/** A fold made a document that is too large to be stored. Nothing was written. */
export class DocumentTooLargeError extends EverfoldError {
  static readonly code = 'DOCUMENT_TOO_LARGE';
  readonly code = DocumentTooLargeError.code;
  constructor(
    readonly documentId: string,
    readonly bytes: number,
    readonly maxBytes: number,
    options?: ErrorOptions,
  ) {
    super(
      `Document '${documentId}' has ${bytes} bytes, ${maxBytes} are the most: keep lists in documents of their own.`,
      options,
    );
  }
}

/**
 * A document violates a unique index that a user has made. Other documents of the same batch may have been written, this one was not, and
 * no checkpoint has moved: the segment is tried again until every segment has passed the event, and stops then.
 */
export class UniqueIndexError extends EverfoldError {
  static readonly code = 'UNIQUE_INDEX';
  readonly code = UniqueIndexError.code;
  constructor(
    readonly documentId: string,
    readonly index: string,
    options?: ErrorOptions,
  ) {
    super(
      `Document '${documentId}' violates the unique index '${index}': drop the index; that something is unique is decided by an aggregate.`,
      options,
    );
  }
}

/** A fold made what cannot be stored: documents are JSON plus `Date`. */
export class UnserializableDocumentError extends EverfoldError {
  static readonly code = 'UNSERIALIZABLE_DOCUMENT';
  readonly code = UnserializableDocumentError.code;
  constructor(
    readonly documentId: string,
    /** Where the value stands in the document, e.g. `lines[2].price`. */
    readonly path: string,
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(`Document '${documentId}' cannot be stored: ${path} ${problem}.`, options);
  }
}

/** A projection was changed without raising its version. */
export class ProjectionChangedError extends EverfoldError {
  static readonly code = 'PROJECTION_CHANGED';
  readonly code = ProjectionChangedError.code;
  constructor(
    readonly projection: string,
    readonly version: number,
    /** What differs: `handled types`, `indexes`, `segments`. */
    readonly differs: readonly string[],
    options?: ErrorOptions,
  ) {
    super(
      `Projection '${projection}' was stored as version ${version} with other ${differs.join(', ')}: raise its version, so that the new one is built beside the one in use.`,
      options,
    );
  }
}

/** Another process owns a segment now; what this one had not committed is repeated there. */
export class LeaseLostError extends EverfoldError {
  static readonly code = 'LEASE_LOST';
  readonly code = LeaseLostError.code;
  constructor(
    readonly consumer: string,
    readonly segment: number,
    options?: ErrorOptions,
  ) {
    super(
      `Segment ${segment} of '${consumer}' has another owner now: this process was too slow to say that it is alive.`,
      options,
    );
  }
}

/** @internal Whether a store would not have a document: nothing was written. */
export function isRefusal(error: unknown): error is DocumentTooLargeError | UniqueIndexError {
  return error instanceof DocumentTooLargeError || error instanceof UniqueIndexError;
}
