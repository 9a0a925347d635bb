import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeEvent, newEventId, reactorKey } from '@everfold/core';
import { EmbeddedStore } from '@everfold/embedded';
import { Folders } from '../embedded/folders.js';
import { print, until, within } from '../embedded/patience.js';
import { Random } from '../embedded/random.js';
import { Noted } from './fixture.js';

interface Line {
  readonly key: string;
  readonly stream: string;
  readonly revision: number;
  readonly pid: number;
}

const random = Random.fromEnvironment();
const folders = new Folders();
const children = new Set<ChildProcess>();
let folder: string;
let file: string;
let store: EmbeddedStore;

beforeAll(() => print(`killed reactors: SEED=${random.seed}`));

beforeEach(async () => {
  const place = await folders.create();
  folder = join(place, 'store');
  file = join(place, 'handled');
  store = await EmbeddedStore.open(folder);
});

afterEach(async () => {
  for (const child of children) await kill(child);
  await store[Symbol.asyncDispose]();
  await folders.remove();
});

async function start(hold = false): Promise<ChildProcess> {
  const script = new URL('./children/reactor.mjs', import.meta.url);
  const child = fork(script, [folder, file, ...(hold ? ['hold'] : [])], { execArgv: [] });
  children.add(child);
  const died = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`The reactor did not start: ${code ?? signal}.`);
  });
  died.catch(() => undefined);
  await within('a reactor starts', Promise.race([once(child, 'message'), died]));
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function note(stream: string, count: number): Promise<void> {
  for (let event = 0; event < count; event += 1) {
    const metadata = { correlationId: 'c' };
    await store.append(stream, [
      encodeEvent(new Noted({ text: '' }), { id: newEventId(), metadata }),
    ]);
  }
}

function handled(): readonly Line[] {
  if (!existsSync(file)) return [];
  // The last line of a killed process may be cut off.
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Line);
}

/** Every event was handled, under its own key; each process kept the order of streams and left none out. */
async function check(): Promise<void> {
  const lines = handled();
  const reached = new Map<string, number>();
  for (const { key, stream, revision, pid } of lines) {
    const [event] = await collect(store.read(stream, { from: revision, limit: 1 }));
    expect(key).toBe(reactorKey('notes', event?.id ?? ''));
    const last = reached.get(stream) ?? -1;
    const own = reached.get(`${stream} of ${pid}`);
    if (own === undefined) expect(revision).toBeLessThanOrEqual(last + 1);
    else expect(revision).toBe(own + 1);
    reached.set(`${stream} of ${pid}`, revision);
    reached.set(stream, Math.max(last, revision));
  }
  for await (const { stream, revision } of store.readAll())
    expect(reached.get(stream) ?? -1).toBeGreaterThanOrEqual(revision);
}

async function collect<T>(all: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const one of all) found.push(one);
  return found;
}

const distinct = (): number => new Set(handled().map(({ key }) => key)).size;

describe('A reactor that is killed', () => {
  it('between handling and its checkpoint handles the same events again, with the same keys', async () => {
    for (const stream of ['a-1', 'a-2', 'a-3']) await note(stream, 5);
    const first = await start(true);
    await until('everything is handled', () => handled().length === 15);
    await kill(first);

    await start();
    await until('everything is handled again', () => handled().length === 30);

    const keys = handled().map(({ key }) => key);
    expect(new Set(keys.slice(15))).toEqual(new Set(keys.slice(0, 15)));
    await check();
  }, 60_000);

  it('at any moment leaves nothing out, and keeps the order of each stream', async () => {
    const streams = Array.from({ length: 6 }, (_, index) => `a-${index}`);
    let written = 0;
    let running = await start();
    for (let round = 0; round < 6; round += 1) {
      const goal = distinct() + 1 + random.below(30);
      for (const stream of streams) await note(stream, 10);
      written += 60;
      await until('some events are handled', () => distinct() >= goal);
      await kill(running);
      running = await start();
    }

    await until('everything is handled', () => distinct() === written);

    await check();
    print(`killed reactors: ${handled().length} times handled for ${written} events`);
  }, 120_000);
});
