import { ConsumerHost } from '../consumer/consumer-host.js';
import type { Membership } from '../consumer/membership.js';
import { ProjectionSource } from '../consumer/projection-source.js';
import type { ModelRecord, SegmentRecord } from '../consumer/records.js';
import { consumerOf, keys } from '../consumer/records.js';
import type { Position } from '../event-store/position.js';
import type { ProjectionDefinition } from '../projection/definition.js';
import { GenerationRefusedError } from './errors.js';
import type { AdministrationParts } from './parts.js';
import { assertNotPaused } from './parts.js';
import { LOOK_MS, pause, until } from './poll.js';

/** Coming up with a log that is being written gains on it with each round; more rounds would gain nothing. */
const MOST_ROUNDS = 20;
/** A round that is shorter than this has come as near to the end as it can. */
const SHORT_ROUND_MS = 250;
/** How many times the time to live the application has to take a generation over. */
const HAND_OVER_TIMES = 3;

/** Told how far segments are, and the position that they are to reach. */
type Look = (
  segments: readonly SegmentRecord[],
  wanted: Position | undefined,
) => void | Promise<void>;

/** @internal One generation, fed by this process for as long as an operation takes, beside whoever else feeds it. */
export class GenerationHost implements AsyncDisposable {
  readonly consumer: string;
  readonly number: number;
  readonly #parts: AdministrationParts;
  readonly #definition: ProjectionDefinition;
  readonly #host: ConsumerHost;

  private constructor(
    parts: AdministrationParts,
    definition: ProjectionDefinition,
    generation: number,
  ) {
    this.#parts = parts;
    this.#definition = definition;
    this.number = generation;
    this.consumer = consumerOf(definition.name, definition.version, generation);
    const source = new ProjectionSource({ ...parts, definition, only: generation });
    this.#host = new ConsumerHost({ ...parts, sources: [source] });
  }

  /** Begins to feed. */
  static async open(
    parts: AdministrationParts,
    definition: ProjectionDefinition,
    generation: number,
  ): Promise<GenerationHost> {
    const host = new GenerationHost(parts, definition, generation);
    try {
      await host.#host.start();
      return host;
    } catch (error) {
      await host.#host.close();
      throw error;
    }
  }

  get membership(): Membership {
    return this.#host.membership;
  }

  /**
   * How far its segments are.
   *
   * @throws {@link GenerationRefusedError} when it cannot go on; what ended its feed.
   */
  async segments(): Promise<readonly SegmentRecord[]> {
    const { readModels } = this.#parts;
    const { name, version } = this.#definition;
    await assertNotPaused(this.#parts, name);
    const model = (await readModels.readRecord(keys.model(name, version)))?.value;
    const generation = (model as ModelRecord | undefined)?.generations[this.number];
    if (generation === undefined || generation.state === 'dropping')
      throw new GenerationRefusedError(this.consumer, 'it is being dropped');
    const error = this.#host.engines.get(this.consumer)?.error;
    if (error !== undefined) throw error;
    const records = await readModels.listRecords(keys.segments(this.consumer));
    const segments = records.map(({ value }) => value as unknown as SegmentRecord);
    for (const [index, segment] of segments.entries()) this.#assertGoesOn(segment, index);
    return segments;
  }

  /** Waits until everything up to a position is handled. @throws As {@link segments}. */
  async reached(
    position: Position | undefined,
    signal: AbortSignal | undefined,
    look: Look = () => undefined,
  ): Promise<void> {
    await until(async () => {
      const segments = await this.segments();
      await look(segments, position);
      const count = this.#definition.segments;
      return segments.length === count && segments.every((it) => isAt(it, position))
        ? true
        : undefined;
    }, signal);
  }

  /** Waits until it is as near to the end of the log as can be. @throws As {@link segments}. */
  async caughtUp(signal: AbortSignal | undefined, look?: Look): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const began = performance.now();
      await this.reached(await this.#parts.eventStore.head(), signal, look);
      if (performance.now() - began < SHORT_ROUND_MS) return;
    }
  }

  /** Waits for the application to feed it too, if there is one: those who run another generation of the same version. */
  async handOver(others: string, signal: AbortSignal | undefined): Promise<void> {
    const { timeToLiveMs } = this.#parts.leases;
    const end = performance.now() + HAND_OVER_TIMES * timeToLiveMs;
    const hasRunners = (consumer: string): boolean =>
      this.membership.runners(consumer).some((member) => member !== this.membership.id);
    const isAwaited = (): boolean => hasRunners(others) && !hasRunners(this.consumer);
    while (isAwaited() && performance.now() < end && signal?.aborted !== true)
      await pause(LOOK_MS, undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host.close();
  }

  /** What stopped under an owner that is gone is tried again by the next one. */
  #assertGoesOn({ owner, stopped }: SegmentRecord, index: number): void {
    if (stopped === undefined || owner === undefined || !this.membership.isAlive(owner)) return;
    const { eventType, eventId, error } = stopped;
    const place = eventType === undefined ? '' : ` at '${eventType}' ${eventId ?? ''}`;
    throw new GenerationRefusedError(
      this.consumer,
      `segment ${index} is stopped${place.trimEnd()}: ${error}`,
    );
  }
}

function isAt({ checkpoint }: SegmentRecord, position: Position | undefined): boolean {
  return position === undefined || (checkpoint !== undefined && checkpoint.position >= position);
}
