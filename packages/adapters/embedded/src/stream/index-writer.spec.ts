import { constants, type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StreamControl } from '@everfold/core';
import { type Database, dataFile, openDatabase } from '../environment.js';
import { INDEX_KEY, runKey } from '../keys.js';
import type { LogTracker } from '../log/log-tracker.js';
import { Openings } from '../opening/openings.js';
import { encodeManifest, mergesOf, NOTHING_INDEXED } from '../runs/manifest.js';
import { SpaceLimit } from '../space-limit.js';
import { IndexWriter } from './index-writer.js';
import { StoredIndex } from './stored-index.js';
import { StreamDirectory } from './stream-directory.js';
import { placeOf, WINDOW } from './window.js';

const STREAM = 'account-1';
const MANY_STREAMS = 2_000;
const DELETED: StreamControl = { base: 1, tombstoned: false, retention: {} };
const TOMBSTONED: StreamControl = { base: 2, tombstoned: true, retention: {} };

let folder: string;
let database: Database;
let file: FileHandle;
let isOver = false;

beforeEach(async () => {
  isOver = false;
  folder = await mkdtemp(join(tmpdir(), 'everfold-index-'));
  database = openDatabase(folder);
  file = await open(dataFile(folder), constants.O_RDWR | constants.O_APPEND);
  await database.put(INDEX_KEY, encodeManifest(NOTHING_INDEXED), NOTHING_INDEXED.mark);
  database.resetReadTxn();
});

afterEach(async () => {
  isOver = true;
  await file.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

/** Lets others go on. What a test that has failed waits for is waited for no longer. */
async function aMoment(): Promise<void> {
  const waited = database;
  await new Promise((resolve) => setImmediate(resolve));
  if (waited !== database || isOver) throw new Error('The test is over.');
}

/** One of several processes that write the index: it has seen so many records, and writes when it is told to go on. */
class Process {
  readonly stored: StoredIndex;
  readonly directory: StreamDirectory;
  visible = WINDOW;
  readonly #writer: IndexWriter;
  /** The keys that it has written, each as often as it has. */
  readonly written: string[] = [];
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
    const written = (key: Buffer): void => void this.written.push(key.toString('hex'));
    const writing: Database = new Proxy(database, {
      get(target, name) {
        const member = Reflect.get(target, name);
        if (name === 'put')
          return (...args: Parameters<Database['put']>) => {
            written(args[0]);
            return target.put(...args);
          };
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

  /** Takes note of further windows: in each an event of one stream that goes on, and of another of its own. */
  seeWindows(from: number, to: number): void {
    for (let window = from; window < to; window += 1) {
      const record = Math.max(1, window * WINDOW);
      this.directory.add(STREAM, window, placeOf(record, 0));
      this.directory.add(`only-${window}`, 0, placeOf(record + 1, 0));
    }
    this.visible = to * WINDOW;
  }

  /** Takes note of windows that many streams have an event in. */
  seeManyStreams(from: number, to: number): void {
    for (let window = from; window < to; window += 1)
      for (let index = 0; index < MANY_STREAMS; index += 1) {
        const place = placeOf(Math.max(1, window * WINDOW) + index, 0);
        this.directory.add(`${'long-name-'.repeat(20)}${window}-${index}`, 0, place);
      }
    this.visible = to * WINDOW;
  }

  goOn(): void {
    this.#goOn();
  }

  /** Writes the index as far as it can, and resolves when that is done. */
  async write(): Promise<void> {
    void this.#writer.advance();
    while (this.directory.firstInMemory + WINDOW <= this.visible) await aMoment();
  }

  /** Resolves when nothing is left to be put together. */
  async idle(): Promise<void> {
    do {
      await aMoment();
      database.resetReadTxn();
    } while (mergesOf(this.stored.manifest()).length > 0);
  }

  close(): Promise<void> {
    return this.#writer.close();
  }
}

/** Expects everything that {@link Process.seeWindows} saw, and nothing else. */
function expectWindows(stored: StoredIndex, windows: number): void {
  const records = Array.from({ length: windows }, (_, window) => Math.max(1, window * WINDOW));
  const places = records.map((record) => placeOf(record, 0));
  expect(stored.windows()).toBe(windows);
  expect(stored.last(STREAM)).toBe(windows - 1);
  expect(stored.places(STREAM, 0, 1_000)).toEqual(places);
  expect(stored.places(STREAM, 3, 2)).toEqual(places.slice(3, 5));
  expect(stored.last('unknown')).toBe(-1);
  for (const [window, record] of records.entries())
    expect(stored.places(`only-${window}`, 0, 10)).toEqual([placeOf(record + 1, 0)]);
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
    expect(slow.stored.places(STREAM, 0, 10)).toEqual([placeOf(1, 0)]);
  });

  it('puts small runs together, and writes over those that are not needed any more', async () => {
    const process = new Process();
    for (let to = 5; to <= 150; to += 5) {
      process.seeWindows(to - 5, to);
      await process.write();
      await process.idle();
      expectWindows(process.stored, to);
    }

    await process.close();
    const levels = process.stored.manifest().runs.map(({ level }) => level);
    expect(levels).toEqual([2, 2, 1, 1, 0, 0, 0, 0, 0, 0]);
    expect(database.getKeysCount({ start: Buffer.from('R'), end: Buffer.from('S') })).toBeLessThan(
      2 * 2 * 8 * 3,
    );
  });

  it('is the same when several processes put runs together at once, and one is slower', async () => {
    const processes = [new Process(), new Process(), new Process({ isStopped: true })];
    for (const process of processes) process.seeWindows(0, 70);
    const [, , slow] = processes;
    const writing = processes.map((process) => process.write());
    await slow?.aboutToWrite;
    await Promise.all(writing.slice(0, 2));
    slow?.goOn();
    await writing[2];
    await Promise.all(processes.map((process) => process.idle()));

    await Promise.all(processes.map((process) => process.close()));
    database.resetReadTxn();
    for (const { stored } of processes) expectWindows(stored, 70);
    expect(slow?.stored.manifest().runs.map(({ level }) => level)).toEqual([2, 0, 0, 0, 0, 0, 0]);
  });

  it('goes on with a run where another process has stopped in the middle', async () => {
    const dead = new Process();
    dead.seeManyStreams(0, 8);
    await dead.write();
    const firstPage = runKey(1, 0, 0);
    while (!database.doesExist(firstPage)) await aMoment();
    await dead.close();
    const heir = new Process();
    heir.seeManyStreams(8, 9);

    await heir.write();
    await heir.idle();

    await heir.close();
    const pages = (written: readonly string[]): number =>
      written.filter((key) => key.startsWith(runKey(1, 0).toString('hex'))).length;
    expect(heir.stored.manifest().runs.map(({ level }) => level)).toEqual([1, 0]);
    expect(heir.written).not.toContain(firstPage.toString('hex'));
    expect(pages(dead.written)).toBeGreaterThan(100);
    expect(pages(heir.written)).toBeGreaterThan(100);
    for (let window = 0; window < 9; window += 1)
      for (let index = 0; index < MANY_STREAMS; index += 1)
        expect(heir.stored.places(`${'long-name-'.repeat(20)}${window}-${index}`, 0, 2)).toEqual([
          placeOf(Math.max(1, window * WINDOW) + index, 0),
        ]);
  });
});
