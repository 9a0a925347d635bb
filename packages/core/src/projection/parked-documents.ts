import type { ParkedRecord, ParkedRequest, SegmentRecord } from '../consumer/records.js';
import { keys } from '../consumer/records.js';
import type { SegmentHold } from '../consumer/segment-hold.js';
import type { WorkFailure } from '../consumer/work.js';
import type { Clock } from '../event/clock.js';
import type { Json } from '../event/json.js';
import type { EventStore, RecordedEvent } from '../event-store/event-store.js';
import type { ProjectionDefinition } from './definition.js';
import type { CachedDocument, DocumentCache } from './document-cache.js';
import { findDocumentProblem } from './documents/document-codec.js';
import { UnserializableDocumentError } from './errors.js';
import { foldDocument, routeEvent } from './fold.js';
import { parkedRecord } from './parking.js';
import type { ReadModelStore, SegmentSave } from './read-model-store.js';
import { writeOf } from './segment-turn.js';

interface Parts {
  readonly definition: ProjectionDefinition;
  readonly consumer: string;
  readonly eventStore: EventStore;
  readonly readModels: ReadModelStore;
  readonly clock: Clock;
  readonly cache: DocumentCache;
}

interface StoredParked {
  readonly key: string;
  readonly record: ParkedRecord;
}

/** @internal The parked documents of the segments that this process holds; only their owner touches them. */
export class ParkedDocuments {
  readonly #parts: Parts;
  /** By segment: the ids of parked documents. */
  readonly #ids = new Map<number, Set<string>>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Looks at what is parked in a segment; what an interrupted write left behind is removed. */
  async begin(hold: SegmentHold): Promise<void> {
    const stored = await this.#stored(hold);
    const ids = [...new Set(stored.map(({ record }) => record.documentId))];
    const parked = new Set<string>();
    for (const id of ids) {
      const { parkedSince } = await this.#load(id);
      if (parkedSince !== undefined) parked.add(id);
      const isLeft = ({ record: { documentId, position } }: StoredParked): boolean =>
        documentId === id && (parkedSince === undefined || position < parkedSince);
      const remove = stored.filter(isLeft).map(({ key }) => key);
      if (remove.length > 0) await this.#commit(hold, { remove, parked: parked.size });
    }
    this.#ids.set(hold.segment, parked);
  }

  end({ segment }: SegmentHold): void {
    this.#ids.delete(segment);
  }

  /** How many documents of a segment are parked. */
  count({ segment }: SegmentHold): number {
    return this.#ids.get(segment)?.size ?? 0;
  }

  /** Sets a failing event aside; what comes behind it for the same document will follow. */
  async park({ hold, error, recorded, documentId }: WorkFailure, attempts: number): Promise<void> {
    if (recorded === undefined || documentId === undefined) throw error;
    const entry = await this.#load(documentId);
    entry.position = recorded.position;
    entry.parkedSince = recorded.position;
    const ids = this.#ids.get(hold.segment) ?? new Set();
    const place = { consumer: this.#parts.consumer, segment: hold.segment, documentId };
    const put = parkedRecord(place, recorded, this.#parts.clock, { error, attempts });
    const parked = ids.has(documentId) ? ids.size : ids.size + 1;
    if (await this.#commit(hold, { entry, put: [put], parked })) ids.add(documentId);
  }

  async answer({ kind, documentId }: ParkedRequest, hold: SegmentHold): Promise<void> {
    const stored = (await this.#stored(hold)).filter(
      ({ record }) => record.documentId === documentId,
    );
    const entry = await this.#load(documentId);
    const { parkedSince } = entry;
    if (parkedSince === undefined) return;
    const waiting = stored.filter(({ record }) => record.position >= parkedSince);
    const done: string[] = kind === 'drop' ? waiting.slice(0, 1).map(({ key }) => key) : [];
    const put: { key: string; value: Json }[] = [];
    entry.parkedSince = undefined;
    for (const parked of kind === 'drop' ? waiting.slice(1) : waiting) {
      const failed = await this.#fold(entry, parked.record);
      if (failed !== undefined) {
        entry.parkedSince = parked.record.position;
        put.push(this.#again(hold, parked.record, failed));
        break;
      }
      done.push(parked.key);
    }
    const ids = this.#ids.get(hold.segment) ?? new Set();
    const parked = entry.parkedSince === undefined ? ids.size - 1 : ids.size;
    const isDone = await this.#commit(hold, { entry, put, remove: done, parked });
    if (isDone && entry.parkedSince === undefined) ids.delete(documentId);
  }

  #again(
    { segment }: SegmentHold,
    record: ParkedRecord,
    failed: { readonly recorded: RecordedEvent; readonly error: unknown },
  ): { key: string; value: Json } {
    const place = { consumer: this.#parts.consumer, segment, documentId: record.documentId };
    const reason = { error: failed.error, attempts: (record.attempts ?? 0) + 1 };
    return parkedRecord(place, failed.recorded, this.#parts.clock, reason);
  }

  /** Folds a parked event into its document. @returns What failed. */
  async #fold(entry: CachedDocument, parked: ParkedRecord) {
    const { definition, eventStore } = this.#parts;
    const { stream, revision, eventId } = parked;
    for await (const recorded of eventStore.read(stream, { from: revision, limit: 1 })) {
      if (recorded.id !== eventId) continue;
      try {
        foldParked(definition, recorded, entry);
      } catch (error) {
        return { recorded, error };
      }
    }
    return undefined;
  }

  async #load(id: string): Promise<CachedDocument> {
    const { cache, readModels, consumer } = this.#parts;
    cache.forget(id);
    const entry = cache.entry(id);
    cache.fill(entry, (await readModels.loadDocuments(consumer, [id])).get(id));
    return entry;
  }

  async #stored({ segment }: SegmentHold): Promise<readonly StoredParked[]> {
    const { readModels, consumer } = this.#parts;
    const records = await readModels.listRecords(keys.parked(consumer, segment));
    return records.map(({ key, value }) => ({ key, record: value as unknown as ParkedRecord }));
  }

  /** @returns Whether it was written; otherwise nothing is known of the document, and the segment may be lost. */
  async #commit(
    hold: SegmentHold,
    change: {
      readonly entry?: CachedDocument;
      readonly put?: SegmentSave['put'];
      readonly remove?: readonly string[];
      readonly parked: number;
    },
  ): Promise<boolean> {
    const { cache, readModels, consumer } = this.#parts;
    const { entry, put = [], remove = [], parked } = change;
    const record: SegmentRecord = { ...hold.record, parked };
    const segment = { key: hold.key, version: hold.version, value: record as unknown as Json };
    const documents = entry === undefined ? [] : [writeOf(entry)];
    if (entry !== undefined) cache.forget(entry.id);
    const [outcome] = await readModels.save([
      { collection: consumer, documents, put, remove, segment },
    ]);
    if (outcome?.kind === 'saved') hold.stands(outcome.version, record);
    if (outcome?.kind === 'fenced') hold.lose();
    return outcome?.kind === 'saved';
  }
}

function foldParked(
  definition: ProjectionDefinition,
  recorded: RecordedEvent,
  entry: CachedDocument,
): void {
  const routed = routeEvent(definition, recorded);
  if (routed?.documentIds.includes(entry.id) !== true) return;
  const folded = foldDocument(definition, routed, entry.id, entry.document);
  if (folded.kind === 'skipped') return;
  const document = folded.kind === 'document' ? folded.document : undefined;
  const problem = document === undefined ? undefined : findDocumentProblem(document);
  if (problem !== undefined)
    throw new UnserializableDocumentError(entry.id, problem.path, problem.reason);
  entry.document = document;
}
