import { eventAt } from '../consumer/event-at.js';
import type { ParkedRecord, ParkedRequest, SegmentRecord } from '../consumer/records.js';
import { keys } from '../consumer/records.js';
import type { SegmentHold } from '../consumer/segment-hold.js';
import type { WorkFailure } from '../consumer/work.js';
import type { Clock } from '../event/clock.js';
import type { Json } from '../event/json.js';
import type { EventStore, RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { BEFORE_ALL_POSITIONS } from '../event-store/position.js';
import type { ProjectionDefinition } from './definition.js';
import type { CachedDocument, DocumentCache } from './document-cache.js';
import { isRefusal } from './errors.js';
import { parkedRecord } from './parking.js';
import type { ReadModelStore, SegmentSave } from './read-model-store.js';
import { writeOf } from './segment-turn.js';
import { foldParked, parkedSinceOf, type StoredParked } from './stored-parked.js';

interface Parts {
  readonly definition: ProjectionDefinition;
  readonly consumer: string;
  readonly eventStore: EventStore;
  readonly readModels: ReadModelStore;
  readonly clock: Clock;
  readonly cache: DocumentCache;
}

/** What is to be written of a document. */
interface Change {
  readonly entry?: CachedDocument | undefined;
  readonly put?: SegmentSave['put'] | undefined;
  readonly remove?: readonly string[] | undefined;
}

/** How a request is carried out. */
interface Plan {
  /** How many of the waiting events are dropped first. */
  drops: number;
  /** How many are folded in one write: one by one when the store would not have what came of them together. */
  most: number;
  /** Why the store would not have what came of the first one. */
  refused?: unknown;
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
    const parked = new Set<string>();
    const remove: string[] = [];
    this.#ids.set(hold.segment, parked);
    for (const id of new Set(stored.map(({ record }) => record.documentId))) {
      const own = stored.filter(({ record }) => record.documentId === id);
      const entry = await this.#load(id);
      const since = await this.#mark(hold, entry, own);
      if (since !== undefined) parked.add(id);
      for (const { key, record } of own)
        if (since === undefined || record.position < since) remove.push(key);
    }
    if (remove.length > 0) await this.#commit(hold, { remove });
  }

  /** Marks documents anew that were loaded without their mark. @returns Those of which that is to be written. */
  async remark(
    hold: SegmentHold,
    entries: readonly CachedDocument[],
  ): Promise<readonly CachedDocument[]> {
    const ids = this.#ids.get(hold.segment);
    const bare = entries.filter(
      ({ id, parkedSince }) => parkedSince === undefined && ids?.has(id) === true,
    );
    if (bare.length === 0) return [];
    const stored = await this.#stored(hold);
    return bare.filter((entry) => {
      const own = stored.filter(({ record }) => record.documentId === entry.id);
      const since = parkedSinceOf(entry, hold, own);
      if (since === undefined) {
        ids?.delete(entry.id);
        return false;
      }
      entry.position ??= BEFORE_ALL_POSITIONS;
      entry.parkedSince = since;
      return true;
    });
  }

  /** Writes the mark that a document lacks. @returns Since when it is parked. */
  async #mark(
    hold: SegmentHold,
    loaded: CachedDocument,
    own: readonly StoredParked[],
  ): Promise<Position | undefined> {
    let entry = loaded;
    for (;;) {
      const since = parkedSinceOf(entry, hold, own);
      if (since === undefined || since === entry.parkedSince) return since;
      entry.position ??= BEFORE_ALL_POSITIONS;
      entry.parkedSince = since;
      if ((await this.#commit(hold, { entry })) || !hold.isHeld) return since;
      entry = await this.#load(entry.id);
    }
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
    const place = { consumer: this.#parts.consumer, segment: hold.segment, documentId };
    const put = [parkedRecord(place, recorded, this.#parts.clock, { error, attempts })];
    for (let isDone = false; !isDone && hold.isHeld; ) {
      const entry = await this.#load(documentId);
      // Another owner has come so far already.
      const seen = entry.parkedSince ?? entry.position;
      if (seen !== undefined && seen >= recorded.position) return;
      entry.position ??= BEFORE_ALL_POSITIONS;
      entry.parkedSince ??= recorded.position;
      isDone = await this.#commit(hold, { entry, put });
    }
  }

  /** Does what was asked, however often the document moves meanwhile. */
  async answer(request: ParkedRequest, hold: SegmentHold): Promise<void> {
    const stored = (await this.#stored(hold)).filter(
      ({ record }) => record.documentId === request.documentId,
    );
    const plan: Plan = { drops: request.kind === 'drop' ? 1 : 0, most: stored.length };
    let isDone = false;
    while (hold.isHeld && !isDone) isDone = await this.#step(request, hold, stored, plan);
  }

  /** One write of an answer. @returns Whether nothing is left to do. */
  async #step(
    { documentId, position }: ParkedRequest,
    hold: SegmentHold,
    stored: readonly StoredParked[],
    plan: Plan,
  ): Promise<boolean> {
    const entry = await this.#load(documentId);
    const parkedSince = parkedSinceOf(entry, hold, stored);
    if (parkedSince === undefined) return await this.#forget(hold, stored, entry);
    if (plan.drops > 0 && position !== undefined && position !== parkedSince) return true;
    const waiting = stored.filter(({ record }) => record.position >= parkedSince);
    const late = stored.filter(({ record }) => record.position < parkedSince);
    const { isDone, ...change } = await this.#retry(hold, entry, waiting, plan);
    const remove = [...late.map(({ key }) => key), ...(change.remove ?? [])];
    try {
      if (!(await this.#commit(hold, { ...change, remove }))) return false;
    } catch (error) {
      refuse(plan, error);
      return false;
    }
    plan.drops = 0;
    return isDone;
  }

  /** Removes what a former owner wrote late, of a document that is parked no more. @returns Whether it is done. */
  async #forget(
    hold: SegmentHold,
    stored: readonly StoredParked[],
    { id }: CachedDocument,
  ): Promise<boolean> {
    this.#ids.get(hold.segment)?.delete(id);
    if (stored.length === 0) return true;
    return await this.#commit(hold, { remove: stored.map(({ key }) => key) });
  }

  /** Folds what waits for a document, up to what fails. */
  async #retry(
    hold: SegmentHold,
    entry: CachedDocument,
    waiting: readonly StoredParked[],
    { drops, most, refused }: Plan,
  ): Promise<Change & { readonly isDone: boolean }> {
    const dropped = waiting.slice(0, drops);
    const left = waiting.slice(drops);
    const remove = dropped.map(({ key }) => key);
    entry.position = dropped.at(-1)?.record.position ?? entry.position;
    entry.parkedSince = undefined;
    for (const [index, { key, record }] of left.entries()) {
      const isEnough = index >= most;
      const failed = isEnough ? undefined : await this.#fold(entry, record, refused);
      if (isEnough || failed !== undefined) {
        entry.parkedSince = record.position;
        const put = failed === undefined ? [] : [this.#again(hold, record, failed)];
        return { entry, remove, put, isDone: failed !== undefined };
      }
      remove.push(key);
      entry.position = record.position;
    }
    return { entry, remove, isDone: true };
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

  /**
   * Folds a parked event into its document; one that is gone from the log is passed over.
   *
   * @param refused - Why the store would not have what comes of it.
   * @returns What failed.
   */
  async #fold(
    entry: CachedDocument,
    { stream, revision, eventId }: ParkedRecord,
    refused?: unknown,
  ) {
    const { definition, eventStore } = this.#parts;
    const recorded = await eventAt(eventStore, stream, revision);
    if (recorded?.id !== eventId) return undefined;
    if (refused !== undefined) return { recorded, error: refused };
    const before = entry.document;
    try {
      // A fold that changes what it is handed, and then throws, must leave no trace.
      entry.document = before && structuredClone(before);
      foldParked(definition, recorded, entry);
    } catch (error) {
      entry.document = before;
      return { recorded, error };
    }
    return undefined;
  }

  async #load(id: string): Promise<CachedDocument> {
    const { cache, readModels, consumer } = this.#parts;
    cache.forget(id);
    const entry = cache.entry(id);
    // What is changed here and then not written, whatever fails in between, must be met by nobody else.
    cache.forget(id);
    cache.fill(entry, (await readModels.loadDocuments(consumer, [id])).get(id));
    return entry;
  }

  async #stored({ segment }: SegmentHold): Promise<readonly StoredParked[]> {
    const { readModels, consumer } = this.#parts;
    const records = await readModels.listRecords(keys.parked(consumer, segment));
    return records.map(({ key, value }) => ({ key, record: value as unknown as ParkedRecord }));
  }

  /** @returns Whether it was written; otherwise nothing is known of the document, and the segment may be lost. */
  async #commit(hold: SegmentHold, { entry, put = [], remove = [] }: Change): Promise<boolean> {
    const { cache, readModels, consumer } = this.#parts;
    const ids = new Set(this.#ids.get(hold.segment));
    if (entry?.parkedSince !== undefined) ids.add(entry.id);
    else if (entry !== undefined) ids.delete(entry.id);
    const record: SegmentRecord = { ...hold.record, parked: ids.size };
    const segment = { key: hold.key, version: hold.version, value: record as unknown as Json };
    const documents = entry === undefined ? [] : [writeOf(entry)];
    // Somebody may have looked for it meanwhile.
    if (entry !== undefined) cache.forget(entry.id);
    const [outcome] = await readModels.save([
      { collection: consumer, documents, put, remove, segment },
    ]);
    if (outcome?.kind === 'fenced') hold.lose();
    if (outcome?.kind !== 'saved') return false;
    hold.stands(outcome.version, record);
    this.#ids.set(hold.segment, ids);
    return true;
  }
}

/** The store would not have a document: what made it is found out one event at a time. */
function refuse(plan: Plan, error: unknown): void {
  if (!isRefusal(error) || plan.refused !== undefined) throw error;
  if (plan.most <= 1) plan.refused = error;
  plan.most = 1;
}
