import type { Clock } from '../event/clock.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { ProjectionDefinition } from '../projection/definition.js';
import { ProjectionWork } from '../projection/projection-work.js';
import type { ReadModelStore, StoredRecord } from '../projection/read-model-store.js';
import { ConsumerEngine } from './consumer-engine.js';
import { MarkerPurge } from './marker-purge.js';
import type { Membership } from './membership.js';
import type { StoredModel } from './models.js';
import { changeModel, ensureGeneration, ensureModel, modelOf } from './models.js';
import type { GenerationRecord, SegmentRecord } from './records.js';
import { consumerOf, keys } from './records.js';
import type { ConsumerSource, SourceConsumer, SourceSighting } from './source.js';

/** How many documents of each generation stay in memory between batches. */
const CACHED_DOCUMENTS = 20_000;

/** @internal What a {@link ProjectionSource} works with. */
export interface ProjectionSourceParts {
  readonly definition: ProjectionDefinition;
  readonly eventStore: EventStore;
  readonly readModels: ReadModelStore;
  readonly clock: Clock;
  /** Runs this generation, and no other: for a rebuild. Default: the one in use, and the one before. */
  readonly only?: number | undefined;
}

/** @internal The generations of a projection that are fed. */
export class ProjectionSource implements ConsumerSource {
  readonly kind = 'projection';
  readonly name: string;
  readonly #parts: ProjectionSourceParts;
  readonly #key: string;
  /** Where the log ended when this process began: a generation that has come so far is complete. */
  #target: Position | undefined;
  #isTargetKnown: boolean = false;
  #isComplete = false;
  readonly #purges = new Map<string, MarkerPurge>();

  constructor(parts: ProjectionSourceParts) {
    this.#parts = parts;
    const { name, version } = parts.definition;
    this.name = name;
    this.#key = keys.model(name, version);
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  async prepare(): Promise<void> {
    const { eventStore } = this.#parts;
    const log = await eventStore.identity();
    const found = await ensureModel({ ...this.#parts, log });
    this.#target = await eventStore.head();
    this.#isTargetKnown = true;
    if (this.#parts.only === undefined) await this.#begin(found);
  }

  async heed(stored: SourceSighting): Promise<readonly SourceConsumer[]> {
    const record = stored.models.find(({ key }) => key === this.#key);
    if (record === undefined) return [];
    const found = modelOf(record);
    const { only } = this.#parts;
    const consumers: SourceConsumer[] = [];
    let isComplete = true;
    for (const [key, generation] of Object.entries(found.model.generations)) {
      const number = Number(key);
      const isFed = generation.state === 'serving' || generation.state === 'kept';
      const isBuilt = isFed || generation.state === 'filling';
      if (only === undefined ? !isFed : only !== number || !isBuilt) continue;
      consumers.push(await this.#consumer(stored, found, number, generation));
      isComplete &&= generation.ready;
    }
    this.#isComplete = isComplete;
    return consumers;
  }

  async #consumer(
    stored: SourceSighting,
    found: StoredModel,
    number: number,
    generation: GenerationRecord,
  ): Promise<SourceConsumer> {
    const { definition, readModels } = this.#parts;
    const consumer = consumerOf(definition.name, definition.version, number);
    const segments = stored.segmentsOf(consumer);
    if (segments.length < definition.segments)
      await ensureGeneration(readModels, definition, number);
    if (!generation.ready && this.#hasReachedTarget(segments) && this.#mayBeReady(segments))
      await this.#ready(number);
    this.#purge(consumer, segments, stored.membership);
    const isBuilding = generation.state === 'filling' || !generation.ready;
    return {
      consumer,
      mayTake: await this.#mayTake(stored, found, number),
      create: (parts) =>
        new ConsumerEngine(
          new ProjectionWork({
            ...this.#parts,
            consumer,
            cachedDocuments: CACHED_DOCUMENTS,
            countsOrphans: () => isBuilding,
            mayBegin: () => this.#mayBegin(number),
            wasAway: () => parts.membership.wasAway,
          }),
          parts,
        ),
    };
  }

  #purge(consumer: string, segments: readonly StoredRecord[], { id, times }: Membership): void {
    const { readModels } = this.#parts;
    if (readModels.commit === 'atomic') return;
    const purge = this.#purges.get(consumer) ?? new MarkerPurge(consumer, readModels, times);
    this.#purges.set(consumer, purge);
    purge.heed(segments, id);
  }

  #hasReachedTarget(segments: readonly StoredRecord[]): boolean {
    if (!this.#isTargetKnown || segments.length < this.#parts.definition.segments) return false;
    const target = this.#target;
    if (target === undefined) return true;
    return segments.every(({ value }) => {
      const { checkpoint } = value as unknown as SegmentRecord;
      return checkpoint !== undefined && checkpoint.position >= target;
    });
  }

  /** Whoever fills a generation by a command is asked about orphans first. */
  #mayBeReady(segments: readonly StoredRecord[]): boolean {
    if (this.#parts.only === undefined) return true;
    return segments.every(({ value }) => (value as unknown as SegmentRecord).orphaned === 0);
  }

  async #ready(number: number): Promise<void> {
    const isServed = this.#parts.only === undefined;
    await this.#changeGeneration(number, (generation) =>
      generation.ready
        ? undefined
        : { ...generation, ready: true, ...(isServed && { served: true }) },
    );
  }

  /**
   * Reads of a generation that a command has completed, and nobody has fed since, wait until this application has brought it up to
   * date: its readers may have seen more in the version before.
   */
  async #begin({ model }: StoredModel): Promise<void> {
    const { readModels, definition } = this.#parts;
    const { ready, served } = model.generations[model.serving] ?? {};
    if (ready !== true || served === true) return;
    const consumer = consumerOf(definition.name, definition.version, model.serving);
    const isThere = this.#hasReachedTarget(await readModels.listRecords(keys.segments(consumer)));
    await this.#changeGeneration(model.serving, (generation) =>
      isThere ? { ...generation, served: true } : { ...generation, ready: false },
    );
  }

  async #changeGeneration(
    number: number,
    change: (generation: GenerationRecord) => GenerationRecord | undefined,
  ): Promise<void> {
    await changeModel(this.#parts.readModels, this.#key, (model) => {
      const generation = model.generations[number];
      const changed = generation && change(generation);
      if (changed === undefined) return undefined;
      return { ...model, generations: { ...model.generations, [number]: changed } };
    });
  }

  /** While a switch is under way the generation in use stands still; a switch whose process is dead is called off. */
  async #mayTake(
    { membership }: SourceSighting,
    { model }: StoredModel,
    number: number,
  ): Promise<boolean> {
    const { switching } = model;
    if (switching === undefined || number !== model.serving) return true;
    if (membership.isAlive(switching.by)) return false;
    await changeModel(this.#parts.readModels, this.#key, ({ switching: current, ...rest }) =>
      current?.by === switching.by ? rest : undefined,
    );
    return false;
  }

  /** Whether no switch has begun since this process looked that wants the generation to stand still. */
  async #mayBegin(number: number): Promise<boolean> {
    const stored = await this.#parts.readModels.readRecord(this.#key);
    if (stored === undefined) return false;
    const { switching, serving } = modelOf(stored).model;
    return switching === undefined || number !== serving;
  }
}
