import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import {
  type Administration,
  type AdministrationOptions,
  type ConsumerReport,
  type Consumers,
  createAdministration,
  createReadModel,
  Event,
  encodeEvent,
  newEventId,
  type Projection,
  projection,
  type ReadModelStore,
  runConsumers,
} from '@everfold/core';
import { MemoryEventStore, MemoryReadModelStore } from '@everfold/memory';

export class Begun extends Event('administered.begun')<{ name: string }> {}
export class Counted extends Event('administered.counted')<{ by: number }> {}
export class Finished extends Event('administered.finished') {}

/** How many events it has seen, and their sum: neither ever gets less. */
export interface Tally {
  readonly name: string;
  readonly events: number;
  readonly total: number;
}

/** What of a projection a test may want otherwise. */
export interface Variation {
  readonly version?: number;
  /** Called with each event; what it throws fails the fold. @returns What is counted. */
  readonly weigh?: (by: number, documentId: string) => number;
  readonly onFailure?: 'stop' | 'park';
}

export function tallies({ version = 1, weigh = (by) => by, onFailure }: Variation = {}) {
  return projection<Tally>('tallies', {
    version,
    indexes: ['name'],
    segments: 4,
    maxAttempts: 1,
    batch: { maxEvents: 16 },
    onFailure,
  })
    .start(Begun, ({ name }) => ({ name, events: 1, total: 0 }))
    .on(Counted, (tally, { by }, { documentId }) => ({
      ...tally,
      events: tally.events + 1,
      total: tally.total + weigh(by, documentId),
    }))
    .remove(Finished);
}

const LEASES = { heartbeatMs: 50, timeToLiveMs: 300 };
const PATIENCE_MS = 20_000;

/** Waits for a condition. */
export async function until(what: string, ask: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await ask())) {
    if (performance.now() > end) throw new Error(`Waited in vain: ${what}`);
    await delay(5);
  }
}

/** Stores, applications that run consumers on them, and operators beside them. */
export class Administered implements AsyncDisposable {
  readonly events = new MemoryEventStore();
  readonly readModels: MemoryReadModelStore;
  readonly reports: ConsumerReport[] = [];
  readonly #applications: Consumers[] = [];
  readonly #ending = new AbortController();
  readonly #running: Promise<void>[] = [];

  constructor(commit: ReadModelStore['commit'] = 'atomic') {
    this.readModels = new MemoryReadModelStore({ commit });
  }

  /** An application that feeds and serves. */
  async application(...definitions: readonly Projection<Tally>[]): Promise<Consumers> {
    return await this.applicationOn(this.readModels, ...definitions);
  }

  /** An application with its own way to the read models. */
  async applicationOn(
    readModels: ReadModelStore,
    ...definitions: readonly Projection<Tally>[]
  ): Promise<Consumers> {
    const consumers = await runConsumers({
      eventStore: this.events,
      readModels,
      definitions: definitions.length === 0 ? [tallies()] : definitions,
      leases: LEASES,
      retry: { baseMs: 1, maxMs: 10 },
      report: (report) => this.reports.push(report),
    });
    this.#applications.push(consumers);
    return consumers;
  }

  /** An application whose read model is complete. */
  async serving(...definitions: readonly Projection<Tally>[]): Promise<Consumers> {
    const application = await this.application(...definitions);
    await this.complete();
    return application;
  }

  /** Waits until what there is, is complete. */
  async complete(): Promise<void> {
    await until('complete', async () => {
      return Object.values((await this.model()).generations).every(({ ready }) => ready);
    });
    await Promise.all(this.#applications.map((application) => application.caughtUp()));
  }

  /** What an operator has in hand; `readModels` for one whose process may die. */
  operator(options: Partial<AdministrationOptions> = {}): Administration {
    return createAdministration({
      eventStore: this.events,
      readModels: this.readModels,
      definitions: [tallies()],
      leases: LEASES,
      retry: { baseMs: 1, maxMs: 10 },
      ...options,
    });
  }

  async write(id: string, ...events: readonly object[]): Promise<void> {
    for (const event of events)
      await this.events.append(`tally-${id}`, [
        encodeEvent(event, { id: newEventId(), metadata: { correlationId: 'test' } }),
      ]);
  }

  /** So many documents, each of so many events. @returns Their ids. */
  async fill(documents: number, events: number): Promise<readonly string[]> {
    const ids = Array.from({ length: documents }, (_, n) => `t${n}`);
    for (const id of ids) await this.write(id, new Begun({ name: id }));
    for (let n = 1; n < events; n += 1)
      for (const id of ids) await this.write(id, new Counted({ by: n }));
    return ids;
  }

  /** Writes to these documents from now on until the end of the test, and lets others come and go. */
  keepWriting(ids: readonly string[]): void {
    this.#run(async () => {
      for (let n = 0; !this.#ending.signal.aborted; n += 1) {
        await this.write(ids[n % ids.length] ?? 't0', new Counted({ by: 1 }));
        if (n % 97 === 50) await this.write(`e${n}`, new Begun({ name: 'ephemeral' }));
        if (n % 97 === 90) await this.write(`e${n - 40}`, new Finished({}));
        await (n % 4 === 0 ? delay(1) : setImmediate());
      }
    });
  }

  /** Readers that look at these documents from now on, and tell of every step back. */
  keepReading(ids: readonly string[], definition = tallies()): readonly string[] {
    const complaints: string[] = [];
    const model = createReadModel(this.readModels, definition);
    const watch = () => new Watch(ids, complaints);
    const byGet = watch();
    const byMany = watch();
    const byFind = watch();
    const reads = [
      async () => {
        for (const id of ids) byGet.see(id, await model.get(id));
      },
      async () => byMany.seeAll(await model.getMany(ids)),
      async () => {
        const { items } = await model.find({ limit: 10_000 });
        byFind.seeAll(new Map(items.map((tally) => [tally.name, tally])));
      },
    ];
    for (const read of reads)
      this.#run(async () => {
        while (!this.#ending.signal.aborted) {
          await read();
          await setImmediate();
        }
      });
    return complaints;
  }

  /** Ends writing and reading. @throws What they threw. */
  async rest(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#running);
  }

  async model(version = 1) {
    const record = await this.readModels.readRecord(`models/tallies@${version}`);
    return record?.value as {
      readonly serving: number;
      readonly previous?: number;
      readonly switching?: object;
      readonly generations: Record<string, { readonly state: string; readonly ready: boolean }>;
    };
  }

  /** Waits until the process that has lived longest has said so many times more that it lives. */
  async beats(times: number): Promise<void> {
    const beat = async () => {
      const records = await this.readModels.listRecords('members/');
      return Math.max(...records.map(({ version }) => version));
    };
    const before = await beat();
    await until('heartbeats', async () => (await beat()) >= before + times);
  }

  /** Keys of everything that is stored of a consumer. */
  async keysOf(consumer: string): Promise<readonly string[]> {
    const all = await this.readModels.listRecords('');
    return all.map(({ key }) => key).filter((key) => key.includes(`/${consumer}/`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await Promise.allSettled(this.#running);
    for (const application of this.#applications) await application[Symbol.asyncDispose]();
  }

  #run(run: () => Promise<void>): void {
    const running = run();
    running.catch(() => undefined);
    this.#running.push(running);
  }
}

class Watch {
  readonly #seen = new Map<string, number>();
  readonly #ids: readonly string[];
  readonly #complaints: string[];

  constructor(ids: readonly string[], complaints: string[]) {
    this.#ids = ids;
    this.#complaints = complaints;
  }

  seeAll(found: ReadonlyMap<string, Tally>): void {
    for (const id of this.#ids) this.see(id, found.get(id));
  }

  see(id: string, tally: Tally | undefined): void {
    const before = this.#seen.get(id) ?? 0;
    const now = tally?.events ?? 0;
    if (now < before) this.#complaints.push(`${id} went back from ${before} to ${now}`);
    this.#seen.set(id, now);
  }
}
