import {
  encodeEvent,
  newEventId,
  type Projection,
  type StoredDocument,
  type StoredRecord,
  StoreUnavailableError,
} from '@everfold/core';
import { MemoryEventStore } from '@everfold/memory';
import { MongoReadModelStore } from '@everfold/mongodb';
import type { MongoServer } from '../../tools/servers/mongodb.mjs';
import { until, within } from '../embedded/patience.js';
import type { Random } from '../embedded/random.js';
import { Added, Ended, type Ledger, ledgers, Shared } from '../read-models/runner-ledger.js';
import { RunnerProcess } from '../read-models/runner-process.js';
import { TcpProxy } from './tcp-proxy.js';

const CONSUMER = 'ledgers@1.1';
const LEDGERS = 30;
const PATIENCE_MS = 60_000;

/** So that a driver notices soon, and gives up while a command is still on its way. */
const QUICK = new URLSearchParams({
  serverSelectionTimeoutMS: '1000',
  connectTimeoutMS: '1000',
  socketTimeoutMS: '1000',
  heartbeatFrequencyMS: '100',
  minHeartbeatFrequencyMS: '20',
});

/** Where a server is, behind a proxy. */
export async function proxyTo(mongo: MongoServer): Promise<TcpProxy> {
  return await TcpProxy.open(Number(new URL(mongo.url).port));
}

/** The URL of a server, as it is to be reached through a proxy. */
export function urlThrough(proxy: TcpProxy, mongo: MongoServer, quick = true): string {
  const url = new URL(mongo.url);
  url.port = `${proxy.port}`;
  // A replica set would name its own members, past the proxy.
  url.searchParams.delete('replicaSet');
  url.searchParams.set('directConnection', 'true');
  if (quick) for (const [name, value] of QUICK) url.searchParams.set(name, value);
  if (url.pathname === '') url.pathname = '/';
  return url.href;
}

/** Consumers in one process, and their own way to the server. */
export interface Consumer {
  readonly proxy: TcpProxy;
  readonly process: RunnerProcess;
}

/** One log that is written to all along, and consumers of which each reaches its read models through a proxy of its own. */
export class FaultyWorld implements AsyncDisposable {
  readonly events = new MemoryEventStore();
  readonly consumers: Consumer[] = [];
  readonly #mongo: MongoServer;
  readonly #database: string;
  readonly #random: Random;
  readonly #definition: Projection<Ledger> = ledgers({ batch: { maxEvents: 50, maxDelayMs: 2 } });
  readonly #stores: MongoReadModelStore[] = [];
  readonly #writing: Promise<void>[] = [];
  #isWriting: boolean = true;

  constructor(mongo: MongoServer, random: Random) {
    this.#mongo = mongo;
    this.#database = mongo.database();
    this.#random = random;
  }

  async run(): Promise<Consumer> {
    const proxy = await proxyTo(this.#mongo);
    const url = urlThrough(proxy, this.#mongo);
    const store = await MongoReadModelStore.open({ url, database: this.#database });
    this.#stores.push(store);
    const consumer = { proxy, process: new RunnerProcess(this.events, store) };
    this.consumers.push(consumer);
    await consumer.process.start({
      definitions: [this.#definition],
      leases: { heartbeatMs: 100, timeToLiveMs: 1_500 },
      retry: { baseMs: 5, maxMs: 50 },
    });
    return consumer;
  }

  startWriters(count: number): void {
    for (let writer = 0; writer < count; writer += 1) this.#writing.push(this.#write());
  }

  async stopWriters(): Promise<void> {
    this.#isWriting = false;
    await Promise.all(this.#writing);
  }

  /** Saves that were carried out, in all. */
  saved(): number {
    return this.#sum(({ process }) => process.count('saved'));
  }

  /** Saves that were refused, because of another owner. */
  refused(): number {
    return this.#sum(({ process }) => process.count('fenced') + process.count('stale'));
  }

  /** What stopped somebody; nothing should. */
  stops(): readonly string[] {
    return this.consumers.flatMap(({ process }) =>
      process.reports.flatMap((report) =>
        report.kind === 'stopped' || report.kind === 'parked'
          ? [`${report.kind}: ${report.error}`]
          : [],
      ),
    );
  }

  /** Waits until the consumers save something again. */
  async recovers(): Promise<void> {
    const before = this.saved();
    await until('a save after a fault', () => this.saved() > before, PATIENCE_MS);
  }

  /** Waits for all consumers, also for those that do not know yet that a connection of theirs is dead. */
  async caughtUp(): Promise<void> {
    for (const { process } of this.consumers) {
      const isCaughtUp = async (): Promise<boolean> => {
        try {
          await process.consumers.caughtUp();
          return true;
        } catch (error) {
          if (error instanceof StoreUnavailableError) return false;
          throw error;
        }
      };
      await within(
        'consumers that catch up',
        until('an answer', isCaughtUp, PATIENCE_MS),
        PATIENCE_MS,
      );
    }
  }

  /** What is stored, read past all proxies. */
  async stored(): Promise<{
    readonly documents: readonly StoredDocument[];
    readonly segments: readonly StoredRecord[];
    readonly parked: readonly StoredRecord[];
  }> {
    const place = { url: this.#mongo.url, database: this.#database };
    await using store = await MongoReadModelStore.open(place);
    return {
      documents: await store.findDocuments(CONSUMER, { where: [], orderBy: [], limit: 10_000 }),
      segments: await store.listRecords(`segments/${CONSUMER}/`),
      parked: await store.listRecords(`parked/${CONSUMER}/`),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopWriters();
    await Promise.all(this.consumers.map(({ process }) => process[Symbol.asyncDispose]()));
    await Promise.all(this.#stores.map((store) => store[Symbol.asyncDispose]()));
    await Promise.all(this.consumers.map(({ proxy }) => proxy[Symbol.asyncDispose]()));
  }

  async #write(): Promise<void> {
    while (this.#isWriting) {
      const event = this.#event();
      const encoded = encodeEvent(event, {
        id: newEventId(),
        metadata: { correlationId: newEventId() },
      });
      await this.events.append(`ledger-${this.#random.below(LEDGERS)}`, [encoded]);
      await new Promise((resolve) => setTimeout(resolve, this.#random.below(8)));
    }
  }

  #event(): object {
    const kind = this.#random.below(20);
    const amount = this.#random.below(100);
    const any = (): string => `${this.#random.below(LEDGERS)}`;
    if (kind === 0) return new Ended();
    return kind < 5
      ? new Shared({ amount, among: [...new Set([any(), any()])] })
      : new Added({ amount });
  }

  #sum(count: (consumer: Consumer) => number): number {
    return this.consumers.reduce((sum, consumer) => sum + count(consumer), 0);
  }
}
