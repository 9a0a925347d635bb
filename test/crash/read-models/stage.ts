import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventStore, ReadModelStore, StoredDocument } from '@everfold/core';
import { embedded } from '@everfold/embedded';
import { MemoryReadModelStore } from '@everfold/memory';
import { MongoReadModelStore } from '@everfold/mongodb';
import { Folders } from '../../embedded/folders.js';
import { within } from '../../embedded/patience.js';
import { Processes, type StoreProcess } from '../../embedded/processes.js';
import type { Random } from '../../embedded/random.js';
import { serveStore } from './children/remote.mjs';
import { serialFold } from './serial-fold.js';

const COLLECTION = 'crash-accounts@1.1';
const WRITERS = 2;
const ACCOUNTS = 60;
const PATIENCE_MS = 60_000;

/** Short, so that takeovers come often. */
export const LEASES = { heartbeatMs: 100, timeToLiveMs: 600 };

/** Where read models lie: beside the events, in this process, or in a database of MongoDB. */
export type Place = 'atomic' | 'guarded' | { readonly url: string; readonly database: string };

/** A worker, and what it has reported. */
export interface Worker {
  readonly process: StoreProcess;
  readonly reports: Record<string, number>;
  /** How often it stood still between load and commit. */
  held: number;
}

interface Outcomes {
  readonly saved: number;
  readonly fenced: number;
  readonly stale: number;
}

/** Read models elsewhere than beside the events. */
interface Remote {
  readonly store: ReadModelStore;
  /** How workers reach it. */
  readonly way: Readonly<Record<string, unknown>>;
  readonly end: () => Promise<void>;
}

/** One log with writers, read models in one mode, and workers that share them. */
export class Stage {
  readonly workers: Worker[] = [];
  /** What the saves of all workers came to that could be asked. */
  readonly refused = { fenced: 0, stale: 0 };
  readonly #processes = new Processes();
  readonly #folders = new Folders();
  readonly #random: Random;
  readonly #writing: Promise<number>[] = [];
  readonly #writers: StoreProcess[] = [];
  #folder = '';
  #holds = 0;
  #remote: Remote | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  async open(place: Place): Promise<void> {
    this.#folder = await this.#folders.create();
    if (place === 'atomic') return;
    if (place === 'guarded') {
      const store = new MemoryReadModelStore({ commit: place });
      const { port, end } = await serveStore(store);
      this.#remote = { store, way: { port }, end };
    } else {
      const store = await MongoReadModelStore.open(place);
      const end = () => store[Symbol.asyncDispose]();
      this.#remote = { store, way: { mongodb: place }, end };
    }
  }

  async startWriters(pauseMs: number): Promise<void> {
    for (let number = 0; number < WRITERS; number += 1) {
      const writer = await this.#start('writer.mjs');
      const seed = this.#random.below(2 ** 32);
      this.#writers.push(writer);
      const shape = { number, writers: WRITERS, accounts: ACCOUNTS, seed, pauseMs };
      this.#writing.push(writer.call<number>('write', { folder: this.#folder, ...shape }));
    }
  }

  /** Resolves to the number of appends. */
  async stopWriters(): Promise<number> {
    for (const writer of this.#writers) await writer.call('stop');
    const appends = await within('the writers', Promise.all(this.#writing), PATIENCE_MS);
    return appends.reduce((sum, count) => sum + count, 0);
  }

  async startWorker(): Promise<Worker> {
    const worker: { process?: StoreProcess; reports: Record<string, number>; held: number } = {
      reports: {},
      held: 0,
    };
    worker.process = await this.#start('worker.mjs', (said) => {
      const report = said['report'];
      if (typeof report === 'string') worker.reports[report] = (worker.reports[report] ?? 0) + 1;
      if (said['held'] === true) worker.held += 1;
    });
    const place = { folder: this.#folder, leases: LEASES, ...this.#remote?.way };
    await within('a worker', worker.process.call('run', place), PATIENCE_MS);
    const started = worker as Worker;
    this.workers.push(started);
    return started;
  }

  /** Has a worker stand still at its next save of documents, between load and commit, until it is released. */
  async hold({ process }: Worker): Promise<{ release: () => Promise<void> }> {
    this.#holds += 1;
    const file = join(this.#folder, `hold-${this.#holds}`);
    await writeFile(file, '');
    await process.call('holdNextSave', { file });
    return { release: () => rm(file) };
  }

  /** Notes what became of a worker's saves, before it is ended. */
  async note({ process }: Worker): Promise<void> {
    const { fenced, stale } = await process.call<Outcomes>('outcomes');
    this.refused.fenced += fenced;
    this.refused.stale += stale;
  }

  /** Every stored document, and what a serial fold comes to. */
  async compare(): Promise<{ readonly actual: object; readonly expected: object }> {
    const [worker] = this.workers;
    if (worker === undefined) throw new Error('Nobody works.');
    await within('the workers', worker.process.call('caughtUp'), PATIENCE_MS);
    await using store = await embedded({ folder: this.#folder }).open(AbortSignal.timeout(10_000));
    const documents = await all(this.#remote?.store ?? store);
    return {
      actual: Object.fromEntries(documents.map(({ id, document }) => [id, document])),
      expected: Object.fromEntries(await serialFold(store as EventStore)),
    };
  }

  async close(): Promise<void> {
    await this.#processes.end();
    await this.#remote?.end();
    await this.#folders.remove();
  }

  async #start(
    script: string,
    onSaid?: (said: Readonly<Record<string, unknown>>) => void,
  ): Promise<StoreProcess> {
    return this.#processes.start({ script: `../../crash/read-models/children/${script}`, onSaid });
  }
}

async function all(store: ReadModelStore): Promise<readonly StoredDocument[]> {
  return await store.findDocuments(COLLECTION, { where: [], orderBy: [], limit: 10_000 });
}
