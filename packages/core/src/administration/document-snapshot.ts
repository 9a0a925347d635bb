import type { ParkedRecord, SegmentRecord } from '../consumer/records.js';
import { keys, leastOf } from '../consumer/records.js';
import { segmentOf } from '../consumer/segment-of.js';
import type { Position } from '../event-store/position.js';
import { encodeDocument } from '../projection/documents/document-codec.js';
import type { StoredDocument } from '../projection/read-model-store.js';
import type { AdministrationParts } from './parts.js';

const PAGE = 1_000;

/** @internal A document as it was read. */
export interface SnapshotDocument {
  /** Encoded; `undefined` when there was none. */
  readonly text: string | undefined;
  readonly position: Position;
  readonly parkedSince: Position | undefined;
}

/** @internal All documents of a generation, each as it was at some moment while they were read. */
export interface DocumentSnapshot {
  readonly documents: ReadonlyMap<string, SnapshotDocument>;
  /** Where the segments were before anything was read: every document has seen as much at least. */
  readonly checkpoints: readonly (Position | undefined)[];
  /** The least of them. */
  readonly position: Position | undefined;
  /** Where the log ended after everything was read: no document has seen more. */
  readonly end: Position | undefined;
}

/** @internal Reads all documents of a generation, page by page. */
export async function takeSnapshot(
  parts: AdministrationParts,
  consumer: string,
  segments: number,
  look: (documents: number) => void,
): Promise<DocumentSnapshot> {
  const { readModels, eventStore } = parts;
  const records = await readModels.listRecords(keys.segments(consumer));
  const before = records.map(({ value }) => value as unknown as SegmentRecord);
  const documents = await parkedDocuments(parts, consumer);
  for (let last: string | undefined; ; ) {
    const after = last === undefined ? undefined : { values: [], id: last };
    const page = await readModels.findDocuments(consumer, {
      where: [],
      orderBy: [],
      limit: PAGE,
      ...(after && { after }),
    });
    for (const stored of page) documents.set(stored.id, snapshotOf(stored));
    look(documents.size);
    last = page.at(-1)?.id;
    if (last === undefined || page.length < PAGE) break;
  }
  const checkpoints = Array.from({ length: segments }, (_, segment) => {
    return before[segment]?.checkpoint?.position;
  });
  const position = before.length < segments ? undefined : leastOf(before);
  return { documents, checkpoints, position, end: await eventStore.head() };
}

/** @internal The checkpoint of a document's segment. */
export function checkpointFor(
  { checkpoints }: DocumentSnapshot,
  documentId: string,
): Position | undefined {
  return checkpoints[segmentOf(documentId, checkpoints.length)];
}

/** Parked documents that are not there are not found; but they have a header. */
async function parkedDocuments(
  { readModels }: AdministrationParts,
  consumer: string,
): Promise<Map<string, SnapshotDocument>> {
  const documents = new Map<string, SnapshotDocument>();
  const records = await readModels.listRecords(keys.allParked(consumer));
  const ids = new Set(records.map(({ value }) => (value as unknown as ParkedRecord).documentId));
  const all = [...ids];
  for (let from = 0; from < all.length; from += PAGE) {
    const loaded = await readModels.loadDocuments(consumer, all.slice(from, from + PAGE));
    for (const [id, stored] of loaded)
      if (stored.document !== undefined || stored.parkedSince !== undefined)
        documents.set(id, snapshotOf(stored));
  }
  return documents;
}

function snapshotOf({ document, position, parkedSince }: StoredDocument): SnapshotDocument {
  return { text: document && encodeDocument(document), position, parkedSince };
}
