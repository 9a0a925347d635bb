import { setTimeout as delay } from 'node:timers/promises';
import type { Backoff } from '../backoff.js';
import type { Clock } from '../event/clock.js';
import type { EventStore } from '../event-store/event-store.js';
import type { ReadModelStore, StoredRecord } from '../projection/read-model-store.js';
import { isPassing } from '../subscription/passing.js';
import type { Engine } from './engine.js';
import type { LeaseTimes } from './membership.js';
import { Membership } from './membership.js';
import type { ConsumerReport, RetryPolicy } from './options.js';
import type { ControlRecord } from './records.js';
import { keys } from './records.js';
import type { ConsumerSource, SourceConsumer } from './source.js';

/** @internal What a host works with. */
export interface HostParts {
  readonly eventStore: EventStore;
  readonly readModels: ReadModelStore;
  readonly sources: readonly ConsumerSource[];
  readonly leases: LeaseTimes;
  readonly retry: RetryPolicy | undefined;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly report: (report: ConsumerReport) => void;
}

/** @internal What the host saw at its last look. */
export interface HostSighting {
  readonly segmentsOf: (consumer: string) => readonly StoredRecord[];
  readonly controlOf: (name: string) => StoredRecord | undefined;
}

/** While a consumer has no segments yet, or is not complete yet, the host looks more often. */
const EAGER_MS = 50;
const MOST_EAGER_LOOKS = 100;

/** @internal This process among those that share consumers: says that it lives, looks at what is stored, and lets its engines come to their share. */
export class ConsumerHost {
  readonly membership: Membership;
  readonly engines = new Map<string, Engine>();
  readonly #parts: HostParts;
  readonly #closing = new AbortController();
  #eagerLooks = 0;
  readonly #loops: Promise<void>[] = [];
  /** What could not be done when it was last tried. */
  readonly #failing = new Set<'beat' | 'look'>();

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.membership = new Membership(parts.readModels, parts.leases);
  }

  /** Whether the read-model store cannot be reached just now. */
  get isRetrying(): boolean {
    return this.#failing.size > 0;
  }

  /** Aborted when this process is to end. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Makes what is missing, takes the first share, and goes on by itself. @throws What cannot pass. */
  async start(): Promise<void> {
    for (const source of this.#parts.sources) await source.prepare();
    if (this.#parts.sources.length === 0) return;
    await this.membership.beat([]);
    await this.look();
    const { heartbeatMs } = this.#parts.leases;
    this.#loops.push(
      this.#every(
        'beat',
        () => heartbeatMs,
        () => this.membership.beat(this.#running()),
      ),
      this.#every(
        'look',
        () => (this.#isSettled() ? heartbeatMs : Math.min(EAGER_MS, heartbeatMs)),
        () => this.look(),
      ),
    );
  }

  /** Looks at everything that is stored, and heeds it. */
  async look(): Promise<void> {
    const { readModels, sources } = this.#parts;
    // Models and segments before members: who is named there is a member by then.
    const models = await readModels.listRecords(keys.models);
    const sighting = await this.#sight();
    this.membership.observe(await readModels.listRecords(keys.members));
    const requests = await readModels.listRecords('requests/');
    const wanted = new Map<string, SourceConsumer>();
    for (const source of sources) {
      const { segmentsOf } = sighting;
      const { membership } = this;
      for (const it of await source.heed({ models, segmentsOf, membership }))
        wanted.set(it.consumer, it);
    }
    await this.#reconcile(wanted);
    const heeding = [...this.engines].map(async ([consumer, engine]) => {
      const control = sighting.controlOf(engine.work.name);
      await engine.heed({
        segments: sighting.segmentsOf(consumer),
        requests: requests.filter(({ key }) => key.startsWith(keys.requests(consumer))),
        isPaused: (control?.value as ControlRecord | undefined)?.paused === true,
        controlVersion: control?.version ?? 0,
        mayTake: wanted.get(consumer)?.mayTake ?? false,
      });
    });
    await all(heeding);
    await this.membership.forgetDead();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const close = () => Promise.all([...this.engines.values()].map((engine) => engine.close()));
    // A look may wait for what only ends with its engine, and may take segments until it has ended.
    await Promise.all([close(), ...this.#loops]);
    await close();
    if (this.#parts.sources.length > 0) await this.membership.leave().catch(() => undefined);
  }

  async #sight(): Promise<HostSighting> {
    const { readModels } = this.#parts;
    const segments = new Map<string, StoredRecord[]>();
    for (const record of await readModels.listRecords('segments/')) {
      const consumer = record.key.slice('segments/'.length, record.key.lastIndexOf('/'));
      const known = segments.get(consumer);
      if (known === undefined) segments.set(consumer, [record]);
      else known.push(record);
    }
    const controls = new Map<string, StoredRecord>();
    for (const record of await readModels.listRecords('controls/'))
      controls.set(record.key.slice('controls/'.length), record);
    return {
      segmentsOf: (consumer) => segments.get(consumer) ?? [],
      controlOf: (name) => controls.get(name),
    };
  }

  /** Begins with consumers that are new, and ends those that are not wanted any more. */
  async #reconcile(wanted: ReadonlyMap<string, SourceConsumer>): Promise<void> {
    for (const [consumer, engine] of this.engines) {
      if (wanted.has(consumer)) continue;
      this.engines.delete(consumer);
      await engine.close();
    }
    const before = this.engines.size;
    for (const [consumer, { create }] of wanted)
      if (!this.engines.has(consumer))
        this.engines.set(consumer, create({ ...this.#parts, membership: this.membership }));
    // Others count this member in when they divide, so they are told first.
    if (this.engines.size > before) await this.membership.beat(this.#running());
  }

  #running(): readonly string[] {
    return [...this.engines].filter(([, engine]) => engine.isRunning).map(([consumer]) => consumer);
  }

  /** Whether nothing is expected to change soon; what takes longer is waited for with less haste. */
  #isSettled(): boolean {
    const isSettled =
      [...this.engines.values()].every((engine) => engine.owned > 0 || !engine.isRunning) &&
      this.#parts.sources.every(({ isComplete }) => isComplete);
    this.#eagerLooks = isSettled ? 0 : this.#eagerLooks + 1;
    return isSettled || this.#eagerLooks > MOST_EAGER_LOOKS;
  }

  async #every(what: 'beat' | 'look', ms: () => number, act: () => Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        // The beat holds the process: consumers go on until they are closed, also while others own all segments.
        await delay(ms(), undefined, { signal, ref: what === 'beat' });
      } catch {
        return;
      }
      try {
        await act();
        this.#failing.delete(what);
      } catch (error) {
        this.#tell(what, error);
      }
    }
  }

  /** Once in a row: what it means for consumers, they say themselves. */
  #tell(what: 'beat' | 'look', error: unknown): void {
    if (this.#failing.has(what) || this.#closing.signal.aborted) return;
    this.#failing.add(what);
    const consumer = '*';
    if (isPassing(error)) this.#parts.report({ kind: 'retrying', consumer, error, attempt: 1 });
    else this.#parts.report({ kind: 'stopped', consumer, error });
  }
}

/** Waits for all of them, so that one that fails keeps no other from its end. @throws What the first one rejects with. */
async function all(working: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(working))
    if (result.status === 'rejected') throw result.reason;
}
