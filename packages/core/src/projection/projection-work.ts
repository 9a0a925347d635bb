import type { ParkedRequest } from '../consumer/records.js';
import type { SegmentHold } from '../consumer/segment-hold.js';
import { segmentOf } from '../consumer/segment-of.js';
import type { ConsumerWork, Stretch, WorkFailure } from '../consumer/work.js';
import type { Clock } from '../event/clock.js';
import { StoreUnavailableError } from '../event-store/errors.js';
import type { EventFilter, EventStore, RecordedEvent } from '../event-store/event-store.js';
import type { ProjectionDefinition } from './definition.js';
import type { CachedDocument } from './document-cache.js';
import { DocumentCache } from './document-cache.js';
import type { RoutedEvent } from './fold.js';
import { foldDocument, routeEvent } from './fold.js';
import { ParkedDocuments } from './parked-documents.js';
import { parkedRecord } from './parking.js';
import type { ReadModelStore } from './read-model-store.js';
import { SegmentTurn } from './segment-turn.js';
import { STALE, TurnWriter } from './turn-writer.js';

/** @internal What a projection's generation works with. */
export interface ProjectionWorkOptions {
  readonly definition: ProjectionDefinition;
  /** `name@version.generation`; also the name of its collection. */
  readonly consumer: string;
  readonly eventStore: EventStore;
  readonly readModels: ReadModelStore;
  readonly clock: Clock;
  /** How many documents are kept in memory between batches. */
  readonly cachedDocuments: number;
  /** Whether events without a document are asked for the beginning of their stream. */
  readonly countsOrphans: () => boolean;
  /** Whether segments that were just taken may be worked on. */
  readonly mayBegin: () => Promise<boolean>;
  /** Whether this process was silent for so long that markers of what it has loaded may be purged. */
  readonly wasAway: () => boolean;
}

/** Of a document whose guard fails so often in a row, something else than a race is wrong. */
const MOST_ROUNDS = 20;

interface Item {
  readonly routed: RoutedEvent;
  readonly entry: CachedDocument;
  readonly turn: SegmentTurn;
}

/** @internal Folds the log into the documents of one generation of a projection. */
export class ProjectionWork implements ConsumerWork {
  readonly kind = 'projection';
  readonly name: string;
  readonly consumer: string;
  readonly segments: number;
  readonly filter: EventFilter;
  readonly batch: ProjectionDefinition['batch'];
  readonly onFailure: 'stop' | 'park';
  readonly maxAttempts: number;
  readonly #options: ProjectionWorkOptions;
  readonly #cache: DocumentCache;
  readonly #writer: TurnWriter;
  readonly #parked: ParkedDocuments;
  readonly #turns = new Map<SegmentHold, SegmentTurn>();
  #turn = 0;

  constructor(options: ProjectionWorkOptions) {
    const { definition, consumer } = options;
    this.#options = options;
    this.name = definition.name;
    this.consumer = consumer;
    this.segments = definition.segments;
    this.filter = { types: [...definition.handlers.keys()] };
    this.batch = definition.batch;
    this.onFailure = definition.onFailure;
    this.maxAttempts = definition.maxAttempts;
    this.#cache = new DocumentCache(options.cachedDocuments, (id) => this.segmentOf(id));
    this.#parked = new ParkedDocuments({ ...options, cache: this.#cache });
    this.#writer = new TurnWriter({
      ...options,
      parkedOf: (hold) => this.#parked.count(hold),
      written: (hold) => this.#turns.delete(hold),
      drop: (hold) => this.#drop(hold),
    });
  }

  segmentOf(documentId: string): number {
    return segmentOf(documentId, this.segments);
  }

  mayBegin(): Promise<boolean> {
    return this.#options.mayBegin();
  }

  async begin(hold: SegmentHold): Promise<void> {
    this.#drop(hold);
    await this.#parked.begin(hold);
  }

  end(hold: SegmentHold): void {
    this.#drop(hold);
    this.#parked.end(hold);
  }

  async handle(stretch: Stretch, holds: readonly SegmentHold[]): Promise<readonly WorkFailure[]> {
    const failures: WorkFailure[] = [];
    let pending = holds;
    for (let round = 0; pending.length > 0; round += 1) {
      if (round > MOST_ROUNDS) throw staleForEver(this.consumer);
      await this.takeIn(stretch, pending);
      const left = await this.commit(pending);
      failures.push(...left.filter(({ error }) => error !== STALE));
      pending = left.filter(({ error }) => error === STALE).map(({ hold }) => hold);
    }
    return failures;
  }

  async takeIn(stretch: Stretch, holds: readonly SegmentHold[]): Promise<void> {
    this.#turn += 1;
    const turns: SegmentTurn[] = [];
    for (const hold of holds) turns[hold.segment] = this.#open(hold);
    try {
      const waiting = this.#route(stretch.events, turns);
      await this.#load(waiting);
      for (const item of waiting) this.#apply(item);
    } catch (error) {
      for (const hold of holds) this.#drop(hold);
      throw error;
    }
    for (const { segment } of holds) turns[segment]?.advance(stretch);
    this.#cache.shrink(this.#turn);
  }

  async commit(holds: readonly SegmentHold[]): Promise<readonly WorkFailure[]> {
    const failures: WorkFailure[] = [];
    try {
      await this.#assureHeld(holds);
      const turns = holds.flatMap((hold) => (hold.isHeld ? (this.#turns.get(hold) ?? []) : []));
      await this.#writer.write(turns, failures);
    } catch (error) {
      for (const hold of holds) this.#drop(hold);
      throw error;
    }
    return failures;
  }

  /** Who comes back from a very long standstill asks whether the segments are still its own, before it writes any document. */
  async #assureHeld(holds: readonly SegmentHold[]): Promise<void> {
    if (!this.#options.wasAway()) return;
    for (const hold of holds) if (hold.isHeld) await hold.refresh(this.#options.readModels);
  }

  async park(failure: WorkFailure, attempts: number): Promise<void> {
    await this.#parked.park(failure, attempts);
  }

  async answer(request: ParkedRequest, hold: SegmentHold): Promise<readonly WorkFailure[]> {
    // What waits to be written may be of the same document.
    const failures = await this.commit([hold]);
    if (failures.length === 0 && hold.isHeld) await this.#parked.answer(request, hold);
    return failures;
  }

  /** What a segment has come to and has not written yet. */
  #open(hold: SegmentHold): SegmentTurn {
    const open = this.#turns.get(hold);
    if (open !== undefined) return open;
    const turn = new SegmentTurn(hold);
    this.#turns.set(hold, turn);
    return turn;
  }

  /** Forgets what was not written. */
  #drop(hold: SegmentHold): void {
    this.#turns.delete(hold);
    this.#cache.forgetSegment(hold.segment);
  }

  /**
   * Folds events into the documents that they concern, among those of the held segments.
   *
   * @returns What waits for documents to be loaded. What comes behind it for the same document waits too.
   */
  #route(events: readonly RecordedEvent[], turns: readonly SegmentTurn[]): readonly Item[] {
    const { definition } = this.#options;
    const waiting: Item[] = [];
    for (const recorded of events) {
      let routed: RoutedEvent | undefined;
      try {
        routed = routeEvent(definition, recorded);
      } catch (error) {
        // Those that are past it still have what comes behind it.
        failAll(turns, recorded, error);
      }
      if (routed !== undefined) this.#fold(routed, turns, waiting);
    }
    return waiting;
  }

  #fold(routed: RoutedEvent, turns: readonly SegmentTurn[], waiting: Item[]): void {
    for (const id of routed.documentIds) {
      const item = this.#item(routed, id, turns);
      if (item?.entry.isLoaded) this.#apply(item);
      else if (item !== undefined) waiting.push(item);
    }
  }

  #item(routed: RoutedEvent, id: string, turns: readonly SegmentTurn[]): Item | undefined {
    const entry = this.#cache.entry(id);
    entry.turn = this.#turn;
    const turn = turns[entry.segment];
    if (turn?.hold.isBefore(routed.recorded.position)) return { routed, entry, turn };
    // A segment that is not among them may have come to something that is not written yet.
    if (turn === undefined && entry.changedBy === undefined) this.#cache.forget(id);
    return undefined;
  }

  async #load(items: readonly Item[]): Promise<void> {
    const missing = new Map<string, CachedDocument>();
    for (const { entry } of items) if (!entry.isLoaded) missing.set(entry.id, entry);
    if (missing.size === 0) return;
    const { readModels } = this.#options;
    const stored = await readModels.loadDocuments(this.consumer, [...missing.keys()]);
    for (const [id, entry] of missing) this.#cache.fill(entry, stored.get(id));
    const turns = new Set(items.map(({ turn }) => turn));
    for (const turn of turns) {
      const loaded = [...missing.values()].filter(({ segment }) => segment === turn.hold.segment);
      for (const entry of await this.#parked.remark(turn.hold, loaded)) markChanged(entry, turn);
    }
  }

  #apply({ routed, entry, turn }: Item): void {
    if (turn.failure !== undefined) return;
    const { recorded } = routed;
    const seen = entry.parkedSince ?? entry.position;
    if (seen !== undefined && recorded.position <= seen) return;
    turn.handled += 1;
    if (entry.parkedSince !== undefined) {
      // The document stays as it is, so that whoever retries it moves its position, and whoever held it then is refused.
      const { segment, id } = entry;
      const place = { consumer: this.consumer, segment, documentId: id };
      turn.put.push(parkedRecord(place, recorded, this.#options.clock));
      return;
    }
    try {
      const folded = foldDocument(this.#options.definition, routed, entry.id, entry.document);
      if (folded.kind === 'skipped') {
        if (routed.handler.kind === 'on') turn.skipped.push(recorded.stream);
        return;
      }
      entry.document = folded.kind === 'document' ? folded.document : undefined;
      this.#change(entry, turn, recorded);
    } catch (error) {
      turn.failure = { hold: turn.hold, error, recorded, documentId: entry.id };
    }
  }

  #change(entry: CachedDocument, turn: SegmentTurn, { position }: RecordedEvent): void {
    entry.position = position;
    markChanged(entry, turn);
  }
}

function markChanged(entry: CachedDocument, turn: SegmentTurn): void {
  if (entry.changedBy === turn) return;
  entry.changedBy = turn;
  turn.changed.push(entry);
}

function failAll(turns: readonly SegmentTurn[], recorded: RecordedEvent, error: unknown): void {
  for (const turn of turns)
    if (turn?.hold.isBefore(recorded.position))
      turn.failure ??= { hold: turn.hold, error, recorded };
}

function staleForEver(consumer: string): StoreUnavailableError {
  return new StoreUnavailableError(
    `Documents of '${consumer}' did not stand where they were loaded, ${MOST_ROUNDS} times in a row: does somebody else write them?`,
  );
}
