import {
  type ConsumerReport,
  type Consumers,
  type EventStore,
  type ReadModelStore,
  type RunConsumersOptions,
  runConsumers,
  type SaveOutcome,
  StoreUnavailableError,
} from '@everfold/core';

/** What a process asks of its stores. */
export type Call =
  | Exclude<keyof ReadModelStore, 'commit' | 'maxDocumentBytes' | symbol>
  | 'subscribe';

/** A call as a tap sees it. */
export interface Tapped {
  readonly call: Call;
  readonly args: readonly unknown[];
}

type Tap = (tapped: Tapped) => Promise<void> | void;

/** One process among several: its own way to stores that all share, which can be watched, held up and cut. */
export class RunnerProcess implements AsyncDisposable {
  readonly reports: ConsumerReport[] = [];
  readonly outcomes: SaveOutcome[] = [];
  readonly calls = new Map<Call, number>();
  /** Runs before a call reaches the store. */
  before: Tap = () => undefined;
  /** Runs when a call was carried out, before its caller is told. */
  after: Tap = () => undefined;
  #consumers: Consumers | undefined;
  #isKilled: boolean = false;
  #bury: (error: Error) => void = () => undefined;
  readonly #grave = new Promise<never>((_, reject) => {
    this.#bury = reject;
  });

  constructor(
    readonly eventStore: EventStore,
    readonly readModels: ReadModelStore,
  ) {
    this.#grave.catch(() => undefined);
  }

  get consumers(): Consumers {
    if (this.#consumers === undefined) throw new Error('This process runs nothing.');
    return this.#consumers;
  }

  async start(options: Partial<RunConsumersOptions>): Promise<this> {
    this.#consumers = await runConsumers({
      definitions: [],
      leases: { heartbeatMs: 50, timeToLiveMs: 300 },
      retry: { baseMs: 5, maxMs: 40 },
      report: (report) => this.reports.push(report),
      ...options,
      eventStore: this.#tappedEvents(),
      readModels: this.#tappedReadModels(),
    });
    return this;
  }

  /** From now on nothing that it does reaches a store, and nothing comes back; it takes no leave. */
  kill(): void {
    this.#isKilled = true;
  }

  /** How many segments this process owns. */
  async owned(consumer = 'ledgers@1.1'): Promise<number> {
    const status = await this.consumers.status();
    return status.find((it) => it.consumer === consumer)?.segments.owned ?? 0;
  }

  said(kind: ConsumerReport['kind']): readonly ConsumerReport[] {
    return this.reports.filter((report) => report.kind === kind);
  }

  count(kind: SaveOutcome['kind']): number {
    return this.outcomes.filter((outcome) => outcome.kind === kind).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.before = () => undefined;
    this.after = () => undefined;
    this.#bury(new StoreUnavailableError('This process was killed.'));
    await this.#consumers?.[Symbol.asyncDispose]();
  }

  async #tap<T>(call: Call, args: readonly unknown[], run: () => Promise<T>): Promise<T> {
    this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
    if (this.#isKilled) return this.#grave;
    await this.before({ call, args });
    if (this.#isKilled) return this.#grave;
    const result = await run();
    await this.after({ call, args });
    if (this.#isKilled) return this.#grave;
    return result;
  }

  #tappedReadModels(): ReadModelStore {
    const { readModels } = this;
    const tapped =
      <A extends unknown[], T>(call: Call, run: (...args: A) => Promise<T>) =>
      (...args: A) =>
        this.#tap(call, args, () => run(...args));
    return {
      commit: readModels.commit,
      maxDocumentBytes: readModels.maxDocumentBytes,
      readRecord: tapped('readRecord', (key) => readModels.readRecord(key)),
      listRecords: tapped('listRecords', (prefix) => readModels.listRecords(prefix)),
      writeRecord: tapped('writeRecord', (...args) => readModels.writeRecord(...args)),
      removeRecord: tapped('removeRecord', (...args) => readModels.removeRecord(...args)),
      createCollection: tapped('createCollection', (...args) =>
        readModels.createCollection(...args),
      ),
      dropCollection: tapped('dropCollection', (name) => readModels.dropCollection(name)),
      loadDocuments: tapped('loadDocuments', (...args) => readModels.loadDocuments(...args)),
      findDocuments: tapped('findDocuments', (...args) => readModels.findDocuments(...args)),
      purgeMarkers: tapped('purgeMarkers', (...args) => readModels.purgeMarkers(...args)),
      save: tapped('save', async (parts) => {
        const outcomes = await readModels.save(parts);
        this.outcomes.push(...outcomes);
        return outcomes;
      }),
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  #tappedEvents(): EventStore {
    const { eventStore } = this;
    return {
      capabilities: eventStore.capabilities,
      identity: () => eventStore.identity(),
      append: (...args) => eventStore.append(...args),
      appendToStreams: (appends) => eventStore.appendToStreams(appends),
      read: (...args) => eventStore.read(...args),
      readAll: (options) => eventStore.readAll(options),
      subscribe: (options) => this.#subscription(options),
      delete: (...args) => eventStore.delete(...args),
      tombstone: (...args) => eventStore.tombstone(...args),
      setRetention: (...args) => eventStore.setRetention(...args),
      head: () => eventStore.head(),
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  async *#subscription(options: Parameters<EventStore['subscribe']>[0]) {
    await this.#tap('subscribe', [options], async () => undefined);
    for await (const batch of this.eventStore.subscribe(options)) {
      if (this.#isKilled) await this.#grave;
      yield batch;
    }
  }
}

/** A place at which somebody waits until told to go on. */
export class Barrier {
  #isOpen: boolean = false;
  #arrived = 0;
  #open: () => void = () => undefined;
  readonly #opening = new Promise<void>((resolve) => {
    this.#open = resolve;
  });

  /** How many have come so far. */
  get arrived(): number {
    return this.#arrived;
  }

  async pass(): Promise<void> {
    if (this.#isOpen) return;
    this.#arrived += 1;
    await this.#opening;
  }

  open(): void {
    this.#isOpen = true;
    this.#open();
  }
}
