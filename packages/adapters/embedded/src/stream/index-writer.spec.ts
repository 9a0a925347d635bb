import { constants, type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StreamControl } from '@everfold/core';
import { type Database, dataFile, openDatabase } from '../environment.js';
import { INDEX_KEY } from '../keys.js';
import type { LogTracker } from '../log/log-tracker.js';
import { Openings } from '../opening/openings.js';
import { SpaceLimit } from '../space-limit.js';
import { COUNTER, IndexWriter } from './index-writer.js';
import { StoredIndex } from './stored-index.js';
import { StreamDirectory } from './stream-directory.js';
import { placeOf, WINDOW } from './window.js';

const STREAM = 'account-1';
const DELETED: StreamControl = { base: 1, tombstoned: false, retention: {} };
const TOMBSTONED: StreamControl = { base: 2, tombstoned: true, retention: {} };

let folder: string;
let database: Database;
let file: FileHandle;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everfold-index-'));
  database = openDatabase(folder);
  file = await open(dataFile(folder), constants.O_RDWR | constants.O_APPEND);
  await database.put(INDEX_KEY, COUNTER, 1);
  database.resetReadTxn();
});

afterEach(async () => {
  await file.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

/** One of several processes that write the index: it has seen so many records, and writes when it is told to go on. */
class Process {
  readonly stored: StoredIndex;
  readonly directory: StreamDirectory;
  visible = WINDOW;
  readonly #writer: IndexWriter;
  #arrived: () => void = () => undefined;
  #goOn: () => void = () => undefined;
  /** Resolves when it is about to write for the first time. */
  readonly aboutToWrite = new Promise<void>((resolve) => {
    this.#arrived = resolve;
  });

  constructor({ isStopped = false } = {}) {
    const goesOn = new Promise<void>((resolve) => {
      this.#goOn = resolve;
    });
    const arrived = (): void => this.#arrived();
    const writing: Database = new Proxy(database, {
      get(target, name) {
        const member = Reflect.get(target, name);
        if (name !== 'ifVersion')
          return typeof member === 'function' ? member.bind(target) : member;
        return async (...args: Parameters<Database['ifVersion']>) => {
          arrived();
          if (isStopped) await goesOn;
          return target.ifVersion(...args);
        };
      },
    });
    this.stored = new StoredIndex(database);
    this.directory = new StreamDirectory(this.stored);
    const { stored, directory } = this;
    const tracker = {
      get visible() {
        return seen();
      },
    } as LogTracker;
    const seen = (): number => this.visible;
    const space = new SpaceLimit({ database, file, maxBytes: undefined });
    const openings = new Openings(folder);
    this.#writer = new IndexWriter({
      database: writing,
      stored,
      directory,
      tracker,
      space,
      openings,
    });
  }

  /** Takes note of the first window: an event, and that its stream was deleted behind it. */
  seeFirstWindow(): void {
    this.directory.add(STREAM, 0, placeOf(1, 0));
    this.directory.setControl(STREAM, DELETED, 2);
  }

  /** Takes note of the second window: another event, and that its stream got a tombstone. */
  seeSecondWindow(): void {
    this.directory.add(STREAM, 1, placeOf(WINDOW + 1, 0));
    this.directory.setControl(STREAM, TOMBSTONED, WINDOW + 2);
    this.visible = 2 * WINDOW;
  }

  goOn(): void {
    this.#goOn();
  }

  /** Writes the index as far as it can, and resolves when that is done. */
  async write(): Promise<void> {
    void this.#writer.advance();
    while (this.directory.firstInMemory + WINDOW <= this.visible)
      await new Promise((resolve) => setImmediate(resolve));
  }

  close(): Promise<void> {
    return this.#writer.close();
  }
}

describe('The index', () => {
  it('keeps a tombstone that a process wrote while a slower one was about to write what was said before', async () => {
    const slow = new Process({ isStopped: true });
    slow.seeFirstWindow();
    const late = slow.write();
    await slow.aboutToWrite;
    const quick = new Process();
    quick.seeFirstWindow();
    quick.seeSecondWindow();
    await quick.write();

    slow.goOn();
    await late;

    await Promise.all([slow.close(), quick.close()]);
    database.resetReadTxn();
    expect(slow.stored.windows()).toBe(2);
    expect(slow.stored.controls().get(STREAM)).toEqual(TOMBSTONED);
    expect(slow.stored.last(STREAM)).toBe(1);
  });

  it('is the same when a process writes a window that another has written half', async () => {
    const slow = new Process({ isStopped: true });
    slow.seeFirstWindow();
    const late = slow.write();
    await slow.aboutToWrite;
    const quick = new Process();
    quick.seeFirstWindow();

    slow.goOn();
    await Promise.all([late, quick.write()]);

    await Promise.all([slow.close(), quick.close()]);
    database.resetReadTxn();
    expect(slow.stored.windows()).toBe(1);
    expect(slow.stored.controls().get(STREAM)).toEqual(DELETED);
    expect(slow.stored.places(STREAM, 0)).toEqual([placeOf(1, 0)]);
  });
});
