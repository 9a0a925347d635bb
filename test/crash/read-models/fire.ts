import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Verification } from '@everfold/core';
import type { EmbeddedStore } from '@everfold/embedded';
import { embedded } from '@everfold/embedded';
import { Folders } from '../../embedded/folders.js';
import { within } from '../../embedded/patience.js';
import { Processes, type StoreProcess } from '../../embedded/processes.js';
import type { Random } from '../../embedded/random.js';
import type { ExpectedAccount } from './serial-fold.js';
import { serialFold } from './serial-fold.js';

const NAME = 'rebuilt-accounts';
const PATIENCE_MS = 90_000;

/** Short, so that what the dead held is free soon; long enough for a machine on which many processes compete. */
const LEASES = { heartbeatMs: 100, timeToLiveMs: 1_000 };

/** Which of the projection's definitions a process has. */
export interface Declared {
  readonly version: number;
  readonly isWrong: boolean;
}

/** How far an operation is, as it says. */
export interface Said {
  readonly phase: string;
  readonly done: number;
  readonly total?: number | undefined;
}

/** What readers have done. */
export interface ReadCounts {
  readonly reads: number;
  readonly documents: number;
  readonly pagings: number;
}

/** Of a version's record: which generations there are, and which of them is in use. */
export interface Model {
  readonly serving: number;
  readonly previous?: number | undefined;
  readonly generations: { readonly [generation: string]: { readonly state: string } };
}

/** A large log that is written to, applications that fold it, readers that watch them, and operators beside. */
export class Fire {
  readonly applications: StoreProcess[] = [];
  /** What no reader must ever see. */
  readonly violations: string[] = [];
  /** How often processes were taken over from, and what else they have said of themselves. */
  readonly reports: Record<string, number> = {};
  readonly #processes = new Processes();
  readonly #folders = new Folders();
  readonly #random: Random;
  readonly #writers: StoreProcess[] = [];
  readonly #writing: Promise<number>[] = [];
  readonly #readers: StoreProcess[] = [];
  #folder = '';
  #accounts = 0;
  #files = 0;
  #store: EmbeddedStore | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  get store(): EmbeddedStore {
    if (this.#store === undefined) throw new Error('The log is not there yet.');
    return this.#store;
  }

  /** Fills a log. @returns How many events it holds. */
  async open(events: number, accounts: number): Promise<number> {
    this.#folder = await this.#folders.create();
    this.#accounts = accounts;
    const filler = await this.#start('bank.mjs');
    const shape = { folder: this.#folder, events, accounts, seed: this.#seed() };
    const written = await within('the log', filler.call<number>('fill', shape), PATIENCE_MS);
    await filler.destroy();
    this.#store = await embedded({ folder: this.#folder }).open(AbortSignal.timeout(PATIENCE_MS));
    return written;
  }

  async startWriters(count: number, pauseMs: number): Promise<void> {
    for (let number = 0; number < count; number += 1) {
      const writer = await this.#start('bank.mjs');
      const shape = { number, accounts: this.#accounts, seed: this.#seed(), pauseMs };
      this.#writers.push(writer);
      const writing = writer.call<number>('write', { folder: this.#folder, ...shape });
      // Told when they are stopped.
      writing.catch(() => undefined);
      this.#writing.push(writing);
    }
  }

  /** @returns How many appends there were. */
  async stopWriters(): Promise<number> {
    for (const writer of this.#writers) await writer.call('stop');
    const appends = await within('the writers', Promise.all(this.#writing), PATIENCE_MS);
    return appends.reduce((sum, count) => sum + count, 0);
  }

  async startApplication(declared: Declared): Promise<StoreProcess> {
    const application = await this.#start('application.mjs');
    const place = { folder: this.#folder, leases: LEASES, ...declared };
    await within('an application', application.call('run', place), PATIENCE_MS);
    this.applications.push(application);
    return application;
  }

  /** Ends an application without warning; another one comes in its place. */
  async killApplication(declared: Declared): Promise<void> {
    const application = this.#random.pick(this.applications);
    this.applications.splice(this.applications.indexOf(application), 1);
    application.kill();
    await application.ended;
    await this.startApplication(declared);
  }

  async startReader(declared: Declared, pauseMs: number): Promise<void> {
    const reader = await this.#start('reader.mjs');
    await reader.call('read', { folder: this.#folder, pauseMs, ...declared });
    this.#readers.push(reader);
  }

  /** Ends all reading, and compares everything that was seen with what a serial fold passes through. */
  async stopReaders(): Promise<ReadCounts> {
    const counts: ReadCounts[] = [];
    const seen = new Set<string>();
    for (const reader of this.#readers) {
      this.#files += 1;
      const file = join(this.#folder, `seen-${this.#files}`);
      const stopped = reader.call<ReadCounts>('stop', { file });
      counts.push(await within('a reader', stopped, PATIENCE_MS));
      for (const line of (await readFile(file, 'utf8')).split('\n')) seen.add(line);
    }
    await serialFold(this.store, (account) => {
      seen.delete(textOf(account, true));
      seen.delete(textOf(account, false));
    });
    for (const line of seen) this.violations.push(`never was: ${line}`);
    const sum = (of: keyof ReadCounts): number =>
      counts.reduce((total, count) => total + count[of], 0);
    return { reads: sum('reads'), documents: sum('documents'), pagings: sum('pagings') };
  }

  /** A process that operates on the projection. */
  async startAdministrator(
    declared: Declared,
    onSaid: (said: Said) => void = () => undefined,
  ): Promise<StoreProcess> {
    const administrator = await this.#start('administrator.mjs', (said) => {
      if (said['phase'] !== undefined) onSaid(said as unknown as Said);
    });
    await administrator.call('open', { folder: this.#folder, leases: LEASES, ...declared });
    return administrator;
  }

  /** Compares what is stored with the log, as a process that declares this does. */
  async verify(declared: Declared): Promise<Verification> {
    const administrator = await this.startAdministrator(declared);
    const verified = administrator.call<Verification>('verify');
    const verification = await within('a verification', verified, PATIENCE_MS);
    await administrator.destroy();
    return verification;
  }

  async model(version: number): Promise<Model> {
    const record = await this.store.readRecord(`models/${NAME}@${version}`);
    if (record === undefined) throw new Error(`Nobody has begun version ${version}.`);
    return record.value as unknown as Model;
  }

  async documents(version: number, generation: number): Promise<Record<string, object>> {
    const query = { where: [], orderBy: [], limit: 10_000 };
    const collection = `${NAME}@${version}.${generation}`;
    const found = await this.store.findDocuments(collection, query);
    return Object.fromEntries(found.map(({ id, document }) => [id, document ?? {}]));
  }

  async serialFold(): Promise<Record<string, ExpectedAccount>> {
    return Object.fromEntries(await serialFold(this.store));
  }

  async caughtUp(application: StoreProcess): Promise<void> {
    await within('an application', application.call('caughtUp'), PATIENCE_MS);
  }

  async close(): Promise<void> {
    await this.#processes.end();
    await this.#store?.[Symbol.asyncDispose]();
    await this.#folders.remove();
  }

  #seed(): number {
    return this.#random.below(2 ** 32);
  }

  #start(
    script: string,
    onSaid: (said: Readonly<Record<string, unknown>>) => void = () => undefined,
  ): Promise<StoreProcess> {
    return this.#processes.start({
      script: `../../crash/read-models/children/${script}`,
      onSaid: (said) => {
        const { violation, report } = said;
        if (typeof violation === 'string') this.violations.push(violation);
        if (typeof report === 'string') this.reports[report] = (this.reports[report] ?? 0) + 1;
        onSaid(said);
      },
    });
  }
}

/** As readers write down what they have seen. */
function textOf(account: ExpectedAccount, hasBalance: boolean): string {
  const { id, owner, balance, count, chain, last } = account;
  return `${id} ${count} ${chain} ${last.getTime()} ${hasBalance ? balance : '-'} ${owner}`;
}
