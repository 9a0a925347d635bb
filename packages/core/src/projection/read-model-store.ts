import type { Json } from '../event/json.js';
import type { NonEmpty } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';

/** A document as a store keeps it: what users see, and the header that they do not see. */
export interface StoredDocument {
  /** Unique in its collection: well-formed Unicode, 1–1,000 UTF-8 bytes. */
  readonly id: string;
  /** JSON plus `Date`. `undefined`: a marker, which says that the document was removed, or never was. */
  readonly document: object | undefined;
  /** The position of the last event that the document has seen; those that are parked it has not. Before the first: the empty string. */
  readonly position: Position;
  /** The position of the first event that is parked for this document. Default: none is. */
  readonly parkedSince?: Position | undefined;
}

/** A document as it is to be written. */
export interface DocumentWrite extends StoredDocument {
  /** The `position` at which the document was loaded; `undefined` when there was neither a document nor a marker. */
  readonly loadedAt: Position | undefined;
}

/** A small record of the framework's own: who owns a segment, how far it is, which generation is in use. */
export interface StoredRecord {
  /** 1–1,000 UTF-8 bytes. */
  readonly key: string;
  /** 1 when it is first written, one more with each write. */
  readonly version: number;
  readonly value: Json;
}

/** What one segment of a consumer has come to: documents, parked events, and the record that holds its checkpoint. */
export interface SegmentSave {
  /** The collection of {@link documents}. Reactors have none. */
  readonly collection?: string | undefined;
  /** At most one write for each id. */
  readonly documents: readonly DocumentWrite[];
  /** Records to write whatever stands there, before the documents where things are written one by one. */
  readonly put: readonly { readonly key: string; readonly value: Json }[];
  /** Keys of records to remove, behind the documents. A record that is not there is no mistake. */
  readonly remove: readonly string[];
  /** The segment's record: written last, and only if it stands at `version`. */
  readonly segment: { readonly key: string; readonly version: number; readonly value: Json };
}

/**
 * What became of a {@link SegmentSave}.
 *
 * `saved`: everything is durable; `version` is the segment record's new one. `fenced`: the segment's record stands at another
 * version, another owner has come; an atomic store wrote nothing. `stale` (guarded stores only): these documents did not stand
 * where they were loaded; the segment's record was not written, other documents may have been.
 */
export type SaveOutcome =
  | { readonly kind: 'saved'; readonly version: number }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'stale'; readonly ids: readonly string[] };

/** What documents can be looked for and ordered by. */
export type Scalar = string | number | boolean | null | Date;

/** One condition on one field of a document; all that are given must hold. */
export interface FieldCondition {
  readonly field: string;
  /** Equal; `null` also matches a missing field. */
  readonly eq?: Scalar | undefined;
  /** The others hold for values of the same type only. */
  readonly gt?: Scalar | undefined;
  readonly gte?: Scalar | undefined;
  readonly lt?: Scalar | undefined;
  readonly lte?: Scalar | undefined;
}

/** A query as a store gets it: normalised, its fields all declared in indexes. */
export interface DocumentQuery {
  readonly where: readonly FieldCondition[];
  /**
   * Order of values: null and missing, numbers, strings by code point, false, true, dates. Ties are parted by id, in the direction of the
   * last field (ascending without any).
   */
  readonly orderBy: readonly { readonly field: string; readonly direction: 'asc' | 'desc' }[];
  /** Begin behind this place: the values of the `orderBy` fields, and the id. The document there need not exist any more. */
  readonly after?: { readonly values: readonly Scalar[]; readonly id: string } | undefined;
  /** 1 or more. */
  readonly limit: number;
}

/**
 * Where read models live: documents in collections, and the framework's records beside them. Every adapter passes
 * `describeReadModelContract`.
 *
 * A call that rejects may have been carried out or not, unless the error says otherwise: callers read the segment's record again.
 * What a store was handed and what it hands out is never shared: changing one does not reach the other.
 */
export interface ReadModelStore extends AsyncDisposable {
  /**
   * How {@link save} writes. `'atomic'`: documents, records and checkpoint in one commit. `'guarded'`: one after the other, a document
   * only where it stands at the position at which it was loaded (inserted only where there is none); a removed document
   * leaves a marker.
   */
  readonly commit: 'atomic' | 'guarded';
  /** For operators: where it is and how it writes, without credentials. Default: nothing is told. */
  readonly description?: string | undefined;
  /** The most bytes of a document's JSON, dates as in ISO 8601. */
  readonly maxDocumentBytes: number;

  /** One record. */
  readRecord(key: string): Promise<StoredRecord | undefined>;
  /** All records whose key begins with `prefix`, by key in code point order. */
  listRecords(prefix: string): Promise<readonly StoredRecord[]>;
  /**
   * Writes a record if it stands at a version (`undefined`: if there is none), atomically and durably.
   *
   * @returns The new version; `undefined` when it stands elsewhere, and nothing was written.
   */
  writeRecord(key: string, value: Json, expected: number | undefined): Promise<number | undefined>;
  /** Removes a record if it stands at a version. @returns Whether it was removed. */
  removeRecord(key: string, expected: number): Promise<boolean>;

  /**
   * Makes a collection with its indexes, each a list of fields. Doing it again, from several processes at once, changes nothing.
   *
   * @param name - A letter, then letters, digits, `_`, `.`, `-`, `@`: at most 200 characters.
   */
  createCollection(name: string, indexes: readonly (readonly string[])[]): Promise<void>;
  /** Removes a collection with its documents and indexes. Interrupted, it may be done again; one that is not there is no mistake. */
  dropCollection(name: string): Promise<void>;

  /** The documents and markers with these ids; those that are not there are missing in the result. At most 100,000 ids. */
  loadDocuments(
    collection: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, StoredDocument>>;
  /** The documents that a query finds, in its order; no markers. Each is as one commit left it. */
  findDocuments(collection: string, query: DocumentQuery): Promise<readonly StoredDocument[]>;

  /**
   * Writes what segments have come to, each by itself: one that is refused does not hold back the others.
   *
   * @returns The outcomes, in the order of `parts`.
   * @throws {@link DocumentTooLargeError} when a document is larger than {@link maxDocumentBytes}: nothing was written.
   * @throws {@link UniqueIndexError} when a document violates a unique index of the user's own.
   * @throws {@link StoreUnavailableError} when the store is closed or cannot be reached: the outcome is not known.
   */
  save(parts: NonEmpty<SegmentSave>): Promise<readonly SaveOutcome[]>;

  /**
   * Removes the markers of a collection whose position is at or before `before`. Atomic stores have none.
   *
   * @returns How many were removed.
   */
  purgeMarkers(collection: string, before: Position): Promise<number>;
}

const METHODS = ['readRecord', 'writeRecord', 'loadDocuments', 'findDocuments', 'save'] as const;

/** Whether a store keeps read models too. */
export function isReadModelStore(store: unknown): store is ReadModelStore {
  if (typeof store !== 'object' || store === null) return false;
  return METHODS.every((method) => typeof Reflect.get(store, method) === 'function');
}
