import type { ParkedRequest } from '../consumer/records.js';
import type { SegmentHold } from '../consumer/segment-hold.js';
import { segmentOf } from '../consumer/segment-of.js';
import type { ConsumerWork, Stretch, WorkFailure } from '../consumer/work.js';
import type { Clock } from '../event/clock.js';
import { EventVersionTooNewError } from '../event/errors.js';
import { StoreUnavailableError } from '../event-store/errors.js';
import type {
  EventFilter,
  EventStore,
  NonEmpty,
  RecordedEvent,
} from '../event-store/event-store.js';
import type { ProjectionDefinition } from './definition.js';
import type { CachedDocument } from './document-cache.js';
import { DocumentCache } from './document-cache.js';
import { findDocumentProblem } from './documents/document-codec.js';
import { DocumentTooLargeError, UniqueIndexError, UnserializableDocumentError } from './errors.js';
import type { RoutedEvent } from './fold.js';
import { foldDocument, routeEvent } from './fold.js';
import { Orphans } from './orphans.js';
import { ParkedDocuments } from './parked-documents.js';
import { parkedRecord } from './parking.js';
import type { ReadModelStore, SegmentSave } from './read-model-store.js';
import { SegmentTurn } from './segment-turn.js';

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
  readonly #orphans: Orphans;
  readonly #parked: ParkedDocuments;
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
    this.#orphans = new Orphans(options.eventStore);
    this.#parked = new ParkedDocuments({ ...options, cache: this.#cache });
  }

  segmentOf(documentId: string): number {
    return segmentOf(documentId, this.segments);
  }

  async begin(hold: SegmentHold): Promise<void> {
    this.#cache.forgetSegment(hold.segment);
    await this.#parked.begin(hold);
  }

  end(hold: SegmentHold): void {
    this.#cache.forgetSegment(hold.segment);
    this.#parked.end(hold);
  }

  async handle(stretch: Stretch, holds: readonly SegmentHold[]): Promise<readonly WorkFailure[]> {
    const failures: WorkFailure[] = [];
    let pending = holds;
    try {
      for (let round = 0; pending.length > 0; round += 1) {
        if (round > MOST_ROUNDS) throw staleForEver(this.consumer);
        const turns = await this.#fold(stretch, pending);
        pending = await this.#save(stretch, turns, failures);
      }
    } catch (error) {
      for (const { segment } of holds) this.#cache.forgetSegment(segment);
      throw error;
    }
    this.#cache.shrink(this.#turn);
    return failures;
  }

  async park(failure: WorkFailure, attempts: number): Promise<void> {
    await this.#parked.park(failure, attempts);
  }

  async answer(request: ParkedRequest, hold: SegmentHold): Promise<void> {
    await this.#parked.answer(request, hold);
  }

  async #fold(stretch: Stretch, holds: readonly SegmentHold[]): Promise<readonly SegmentTurn[]> {
    this.#turn += 1;
    const turns: SegmentTurn[] = [];
    for (const hold of holds) turns[hold.segment] = new SegmentTurn(hold);
    const items = this.#route(stretch.events, turns);
    await this.#load(items);
    for (const item of items) if (item.turn.failure === undefined) this.#apply(item);
    const present = turns.filter((turn) => turn !== undefined);
    for (const turn of present) await this.#check(turn);
    return present;
  }

  /** Which documents the events concern, among those of the held segments. */
  #route(events: readonly RecordedEvent[], turns: readonly SegmentTurn[]): readonly Item[] {
    const { definition } = this.#options;
    const items: Item[] = [];
    for (const recorded of events) {
      let routed: RoutedEvent | undefined;
      try {
        routed = routeEvent(definition, recorded);
      } catch (error) {
        failAll(turns, recorded, error);
        return items;
      }
      if (routed === undefined) continue;
      for (const id of routed.documentIds) {
        const item = this.#item(routed, id, turns);
        if (item !== undefined) items.push(item);
      }
    }
    return items;
  }

  #item(routed: RoutedEvent, id: string, turns: readonly SegmentTurn[]): Item | undefined {
    const entry = this.#cache.entry(id);
    entry.turn = this.#turn;
    const turn = turns[entry.segment];
    if (turn?.hold.isBefore(routed.recorded.position)) return { routed, entry, turn };
    if (turn === undefined) this.#cache.forget(id);
    return undefined;
  }

  async #load(items: readonly Item[]): Promise<void> {
    const missing = new Map<string, CachedDocument>();
    for (const { entry } of items) if (!entry.isLoaded) missing.set(entry.id, entry);
    if (missing.size === 0) return;
    const { readModels } = this.#options;
    const stored = await readModels.loadDocuments(this.consumer, [...missing.keys()]);
    for (const [id, entry] of missing) this.#cache.fill(entry, stored.get(id));
  }

  #apply({ routed, entry, turn }: Item): void {
    const { recorded } = routed;
    if (entry.position !== undefined && recorded.position <= entry.position) return;
    turn.handled += 1;
    if (entry.parkedSince !== undefined) {
      const { segment, id } = entry;
      const place = { consumer: this.consumer, segment, documentId: id };
      turn.put.push(parkedRecord(place, recorded, this.#options.clock));
      this.#change(entry, turn, recorded);
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
    if (entry.changedIn === this.#turn) return;
    entry.changedIn = this.#turn;
    turn.changed.push(entry);
  }

  /** What was folded can be stored, and what found no document is accounted for. */
  async #check(turn: SegmentTurn): Promise<void> {
    if (turn.failure !== undefined) return;
    for (const { id, document } of turn.changed) {
      const problem = document === undefined ? undefined : findDocumentProblem(document);
      if (problem === undefined) continue;
      const error = new UnserializableDocumentError(id, problem.path, problem.reason);
      turn.failure = { hold: turn.hold, error, documentId: id };
      return;
    }
    if (turn.skipped.length > 0 && this.#options.countsOrphans())
      turn.orphaned = await this.#orphans.count(turn.skipped);
  }

  /** @returns The segments whose documents did not stand where they were loaded: they are folded again. */
  async #save(
    stretch: Stretch,
    turns: readonly SegmentTurn[],
    failures: WorkFailure[],
  ): Promise<readonly SegmentHold[]> {
    const good: SegmentTurn[] = [];
    for (const turn of turns) {
      if (turn.failure === undefined) good.push(turn);
      else failures.push(this.#fail(turn.failure));
    }
    const parts = good.map((turn) =>
      turn.save(this.consumer, stretch, this.#parked.count(turn.hold)),
    );
    if (!isNonEmpty(parts)) return [];
    try {
      const outcomes = await this.#options.readModels.save(parts);
      return good
        .filter((turn, index) => {
          const outcome = outcomes[index];
          if (outcome?.kind === 'saved') this.#saved(turn, stretch, outcome.version);
          else this.#cache.forgetSegment(turn.hold.segment);
          if (outcome?.kind === 'fenced') turn.hold.lose();
          return outcome?.kind === 'stale';
        })
        .map(({ hold }) => hold);
    } catch (error) {
      return await this.#refused(error, good, failures);
    }
  }

  #saved(turn: SegmentTurn, stretch: Stretch, version: number): void {
    const isAtomic = this.#options.readModels.commit === 'atomic';
    for (const entry of turn.changed) {
      const isGone = isAtomic && entry.document === undefined && entry.parkedSince === undefined;
      entry.loadedAt = isGone ? undefined : entry.position;
    }
    turn.hold.stands(version, turn.record(stretch, this.#parked.count(turn.hold)));
  }

  /** One document was refused: its segment fails, the others are folded again. */
  async #refused(
    error: unknown,
    turns: readonly SegmentTurn[],
    failures: WorkFailure[],
  ): Promise<readonly SegmentHold[]> {
    if (!(error instanceof DocumentTooLargeError || error instanceof UniqueIndexError)) throw error;
    const { documentId } = error;
    const segment = this.segmentOf(documentId);
    const others: SegmentHold[] = [];
    for (const { hold } of turns) {
      this.#cache.forgetSegment(hold.segment);
      await hold.refresh(this.#options.readModels);
      if (!hold.isHeld) continue;
      if (hold.segment === segment) failures.push({ hold, error, documentId });
      else others.push(hold);
    }
    return others;
  }

  #fail(failure: WorkFailure): WorkFailure {
    if (failure.error instanceof EventVersionTooNewError) throw failure.error;
    this.#cache.forgetSegment(failure.hold.segment);
    return failure;
  }
}

function failAll(turns: readonly SegmentTurn[], recorded: RecordedEvent, error: unknown): void {
  for (const turn of turns)
    if (turn?.hold.isBefore(recorded.position))
      turn.failure ??= { hold: turn.hold, error, recorded };
}

function isNonEmpty(parts: readonly SegmentSave[]): parts is NonEmpty<SegmentSave> {
  return parts.length > 0;
}

function staleForEver(consumer: string): StoreUnavailableError {
  return new StoreUnavailableError(
    `Documents of '${consumer}' did not stand where they were loaded, ${MOST_ROUNDS} times in a row: does somebody else write them?`,
  );
}
