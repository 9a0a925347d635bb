import { changeModel, modelOf } from '../consumer/models.js';
import type { GenerationRecord, ModelRecord, SegmentRecord } from '../consumer/records.js';
import { consumerOf, keys, toJson } from '../consumer/records.js';
import type { ProjectionDefinition } from '../projection/definition.js';
import type { StoredRecord } from '../projection/read-model-store.js';
import type { SwitchOptions } from './administration.js';
import { GenerationRefusedError, OrphanedEventsError, SwitchInterruptedError } from './errors.js';
import type { GenerationHost } from './generation-host.js';
import type { AdministrationParts } from './parts.js';
import { until } from './poll.js';

/** The generation in use stands still for so long at most; nearly always some milliseconds are enough. */
const MOST_STANDSTILL_MS = 30_000;
/** How many times the time to live a switch that somebody else makes is waited for. */
const WAIT_TIMES = 4;

/**
 * @internal Switches reads from the generation in use to another one.
 *
 * The one in use is made to stand still: its owners give its segments back when they see `switching`, and this process takes them, those of
 * dead owners by force. No event that anybody has folded into it is then behind the end of the log: when the new one has come as far as
 * that, readers cannot see the read model go back. The flip is one compare-and-set, which fails when the switch was called off, as
 * others do when this process is silent for the time to live.
 */
export class GenerationSwitch {
  readonly #parts: AdministrationParts;
  readonly #definition: ProjectionDefinition;
  readonly #host: GenerationHost;
  readonly #options: SwitchOptions;
  readonly #key: string;
  /** The versions of the records of the segments that stand still, by key. */
  readonly #held = new Map<string, number>();

  constructor(
    parts: AdministrationParts,
    definition: ProjectionDefinition,
    host: GenerationHost,
    options: SwitchOptions,
  ) {
    this.#parts = parts;
    this.#definition = definition;
    this.#host = host;
    this.#options = options;
    this.#key = keys.model(definition.name, definition.version);
  }

  /** @throws {@link GenerationRefusedError}, {@link OrphanedEventsError}, {@link SwitchInterruptedError}; then everything is as before. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    await this.#assertWanted();
    const from = await this.#claim();
    if (from === undefined) return;
    const consumer = consumerOf(this.#definition.name, this.#definition.version, from);
    try {
      await this.#standStill(consumer);
      const head = await this.#parts.eventStore.head();
      const deadline = this.#deadline('it did not come up with the one in use');
      await this.#host.reached(head, signal, async () => {
        deadline();
        await this.#assertClaimed();
      });
      await this.#assertWanted();
      await this.#assertHeld(consumer);
      await this.#flip(from);
    } catch (error) {
      // What fails here, others do when this process is gone.
      await this.#callOff().catch(() => undefined);
      throw error;
    } finally {
      await this.#release().catch(() => undefined);
    }
  }

  async #assertWanted(): Promise<void> {
    const segments = await this.#host.segments();
    const { consumer } = this.#host;
    const orphaned = sum(segments, (segment) => segment.orphaned);
    const parked = sum(segments, (segment) => segment.parked);
    if (orphaned > 0 && this.#options.acceptOrphans !== true)
      throw new OrphanedEventsError(consumer, orphaned);
    if (parked > 0 && this.#options.acceptParked !== true)
      throw new GenerationRefusedError(
        consumer,
        `${parked} documents are parked in it, which readers would see go back: retry or drop what is parked, or accept parked documents`,
      );
  }

  /** Says that a switch is under way. @returns The generation in use; `undefined` when it is the wanted one already. */
  async #claim(): Promise<number | undefined> {
    const { readModels, leases } = this.#parts;
    const { membership, number, consumer } = this.#host;
    const end = performance.now() + WAIT_TIMES * leases.timeToLiveMs;
    const claimed = await until(async () => {
      const stored = await readModels.readRecord(this.#key);
      if (stored === undefined) throw new GenerationRefusedError(consumer, 'it was dropped');
      const { model, version } = modelOf(stored);
      if (model.serving === number) return { from: undefined };
      assertSwitchable(model, number, consumer);
      const { switching } = model;
      if (switching !== undefined && membership.isAlive(switching.by)) {
        if (performance.now() < end) return undefined;
        throw new GenerationRefusedError(consumer, 'another process is switching');
      }
      const next: ModelRecord = { ...model, switching: { to: number, by: membership.id } };
      const written = await readModels.writeRecord(this.#key, toJson(next), version);
      return written === undefined ? undefined : { from: model.serving };
    }, this.#options.signal);
    return claimed.from;
  }

  async #standStill(consumer: string): Promise<void> {
    const { readModels } = this.#parts;
    const { membership } = this.#host;
    const deadline = this.#deadline('an owner of the one in use does not let go');
    await until(async () => {
      deadline();
      await this.#assertClaimed();
      const records = await readModels.listRecords(keys.segments(consumer));
      // Members after segments: whoever is named there is a member by then.
      membership.observe(await readModels.listRecords(keys.members));
      let isStill = true;
      for (const record of records) if (!(await this.#take(record))) isStill = false;
      return isStill ? true : undefined;
    }, this.#options.signal);
  }

  /** @returns Whether the segment stands still. */
  async #take({ key, value, version }: StoredRecord): Promise<boolean> {
    if (this.#held.get(key) === version) return true;
    const { membership } = this.#host;
    const record = value as unknown as SegmentRecord;
    const { owner } = record;
    if (owner !== undefined && owner !== membership.id && membership.isAlive(owner)) return false;
    const taken: SegmentRecord = { ...record, epoch: record.epoch + 1, owner: membership.id };
    const written = await this.#parts.readModels.writeRecord(key, toJson(taken), version);
    if (written !== undefined) this.#held.set(key, written);
    return written !== undefined;
  }

  /** Fails when others took this process for dead. */
  async #assertClaimed(): Promise<void> {
    const stored = await this.#parts.readModels.readRecord(this.#key);
    if (stored === undefined || !this.#isClaimed(modelOf(stored).model)) throw this.#calledOff();
  }

  async #assertHeld(consumer: string): Promise<void> {
    const records = await this.#parts.readModels.listRecords(keys.segments(consumer));
    if (records.every(({ key, version }) => this.#held.get(key) === version)) return;
    throw this.#calledOff();
  }

  async #flip(from: number): Promise<void> {
    const { number, consumer } = this.#host;
    const flipped = await changeModel(this.#parts.readModels, this.#key, (model) => {
      const { switching: _, ...rest } = model;
      const old = model.generations[from];
      if (!this.#isClaimed(model) || model.serving !== from || old === undefined) return undefined;
      const next = assertSwitchable(model, number, consumer);
      const generations = {
        ...model.generations,
        [from]: { ...old, state: 'kept' as const },
        [number]: { ...next, state: 'serving' as const, ready: true },
      };
      return { ...rest, generations, serving: number, previous: from };
    });
    if (flipped === undefined) throw this.#calledOff();
  }

  async #callOff(): Promise<void> {
    await changeModel(this.#parts.readModels, this.#key, (model) => {
      const { switching: _, ...rest } = model;
      return this.#isClaimed(model) ? rest : undefined;
    });
  }

  /** Lets the generation that stood still be fed on. */
  async #release(): Promise<void> {
    const { readModels } = this.#parts;
    for (const [key, version] of this.#held) {
      const stored = await readModels.readRecord(key);
      if (stored?.version !== version) continue;
      const { owner: _, ...record } = stored.value as unknown as SegmentRecord;
      await readModels.writeRecord(key, toJson(record), version);
    }
    this.#held.clear();
  }

  #isClaimed({ switching }: ModelRecord): boolean {
    return switching?.by === this.#host.membership.id && switching.to === this.#host.number;
  }

  #deadline(reason: string): () => void {
    const end = performance.now() + MOST_STANDSTILL_MS;
    return () => {
      if (performance.now() > end) throw new SwitchInterruptedError(this.#host.consumer, reason);
    };
  }

  #calledOff(): SwitchInterruptedError {
    return new SwitchInterruptedError(
      this.#host.consumer,
      'others took this process for dead, because it was silent for too long',
    );
  }
}

function assertSwitchable(model: ModelRecord, number: number, consumer: string): GenerationRecord {
  const generation = model.generations[number];
  if (generation === undefined)
    throw new GenerationRefusedError(consumer, 'there is no such generation');
  if (generation.state === 'dropping')
    throw new GenerationRefusedError(consumer, 'it is being dropped');
  return generation;
}

function sum(segments: readonly SegmentRecord[], of: (segment: SegmentRecord) => number): number {
  return segments.reduce((total, segment) => total + of(segment), 0);
}
