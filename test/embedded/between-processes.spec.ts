import { randomUUID } from 'node:crypto';
import type { NonEmpty, Position } from '@everfold/core';
import { EmbeddedEventStore } from '@everfold/embedded';
import { probe } from './events.js';
import { Folders } from './folders.js';
import { print, until } from './patience.js';
import { Processes } from './processes.js';

const LONG = process.env['CRASH_TESTS'] === 'long';
const OWN_WRITES = LONG ? 20_000 : 2_000;

const processes = new Processes();
const folders = new Folders();

afterEach(async () => {
  await processes.end();
  await folders.remove();
});

interface Shown {
  readonly id: string;
  readonly position: Position;
  readonly at: number;
}

/** Follows a store until told to stop, and keeps what is shown, and when. */
class Follower {
  readonly shown: Shown[] = [];
  readonly #cancel = new AbortController();
  readonly #running: Promise<void>;

  constructor(store: EmbeddedEventStore, after?: Position | 'end') {
    this.#running = this.#run(store, after);
  }

  async stop(): Promise<void> {
    this.#cancel.abort();
    await this.#running.catch((error: unknown) => {
      if (error !== this.#cancel.signal.reason) throw error;
    });
  }

  async #run(store: EmbeddedEventStore, after: Position | 'end' | undefined): Promise<void> {
    const { signal } = this.#cancel;
    for await (const { events } of store.subscribe({ after, signal })) {
      const at = performance.now();
      for (const { id, position } of events) this.shown.push({ id, position, at });
    }
  }
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

interface Acknowledged {
  readonly id: string;
  readonly position: Position;
  readonly revision: number;
}

async function isFirst(events: AsyncIterable<{ id: string }>, id: string): Promise<boolean> {
  for await (const event of events) return event.id === id;
  return false;
}

/** The ways to look for an event. */
const WAYS: NonEmpty<
  readonly [
    name: string,
    sees: (store: EmbeddedEventStore, event: Acknowledged) => Promise<boolean>,
  ]
> = [
  ['head', async (store, { position }) => ((await store.head()) ?? '') >= position],
  ['stream', (store, { id, revision }) => isFirst(store.read('account-1', { from: revision }), id)],
  ['log', (store, { id, position }) => isFirst(store.readAll({ from: position }), id)],
  [
    'subscription',
    async (store, { id, position }) => {
      const after = String(Number(position) - 1).padStart(16, '0') as Position;
      for await (const { events } of store.subscribe({ after })) return events[0]?.id === id;
      return false;
    },
  ],
];

describe('What other processes append', () => {
  it('reaches a subscriber here in order, nothing lost and nothing twice, while four write', async () => {
    const folder = await folders.create();
    const appended = new Set<string>();
    const writers = await processes.startAll(4, {
      onSaid: ({ appended: ids }) => {
        for (const id of ids as string[]) appended.add(id);
      },
    });
    await using store = await EmbeddedEventStore.open(folder);
    await using second = await EmbeddedEventStore.open(folder);
    const follower = new Follower(store);
    await Promise.all(writers.map((writer) => writer.call('open', { folder })));
    const loops = writers.map((writer, at) =>
      writer.call('appendUntilStopped', {
        stream: `account-${at}`,
        atOnce: 3,
        each: 2,
        telling: true,
      }),
    );
    await until('appends', () => appended.size > 3_000, 60_000);
    // One that joins in the middle meets the seam between the log and what is new.
    const late = new Follower(second);
    await until('more appends', () => appended.size > 6_000, 60_000);

    await Promise.all(writers.map((writer) => writer.call('stop')));
    await Promise.all(loops);
    await until('all to be shown', () =>
      [follower, late].every(({ shown }) => shown.length >= appended.size),
    );

    await Promise.all([follower.stop(), late.stop()]);
    for (const { shown } of [follower, late]) {
      const positions = shown.map(({ position }) => position);
      expect(
        positions.every((position, at) => at === 0 || position > (positions[at - 1] ?? '')),
      ).toBe(true);
      expect(new Set(shown.map(({ id }) => id))).toEqual(appended);
      expect(shown).toHaveLength(appended.size);
    }
    print(`notification: ${appended.size} events of four processes, in order, none lost or twice`);
  }, 120_000);

  it('reaches a waiting subscriber within a second, 99 times out of 100', async () => {
    const folder = await folders.create();
    const writer = await processes.start();
    await writer.call('open', { folder });
    await using store = await EmbeddedEventStore.open(folder);
    const follower = new Follower(store, 'end');
    const latencies: number[] = [];

    for (let turn = 1; turn <= 200; turn += 1) {
      await writer.call('append', { stream: 'account-1' });
      const acknowledged = performance.now();
      await until('the event', () => follower.shown.length === turn);
      latencies.push(Math.max(0, (follower.shown.at(-1)?.at ?? Infinity) - acknowledged));
    }

    await follower.stop();
    const sorted = latencies.sort((left, right) => left - right);
    const p99 = percentile(sorted, 0.99);
    print(
      `notification: p50 ${percentile(sorted, 0.5).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms after the acknowledgement`,
    );
    expect(p99).toBeLessThan(1_000);
  }, 60_000);

  it('is read here as soon as it was acknowledged there, while both write', async () => {
    const folder = await folders.create();
    const writer = await processes.start();
    await writer.call('open', { folder });
    await using store = await EmbeddedEventStore.open(folder);
    const done = new AbortController();
    const beside = Array.from({ length: 3 }, async (_, lane) => {
      for (let own = 0; !done.signal.aborted; own += 1)
        await store.append(`beside-${lane}`, [probe(own)]);
    });

    const missed = new Map<string, number>();
    for (let turn = 0; turn < OWN_WRITES; turn += 1) {
      const id = randomUUID();
      const append = { stream: 'account-1', ids: [id] };
      const { position } = await writer.call<{ position: Position }>('append', append);
      // What is asked first must know of it by itself.
      for (let at = 0; at < WAYS.length; at += 1) {
        const [name, sees] = WAYS[(turn + at) % WAYS.length] ?? WAYS[0];
        if (!(await sees(store, { id, position, revision: turn })))
          missed.set(name, (missed.get(name) ?? 0) + 1);
      }
    }
    done.abort();
    await Promise.all(beside);

    print(
      `read your writes: ${OWN_WRITES} appends there, each seen here at once, while this process wrote ${Number(await store.head()) - OWN_WRITES} events`,
    );
    expect([...missed]).toEqual([]);
  }, 600_000);

  it('is seen there by whoever was told here, in every order of appends', async () => {
    const folder = await folders.create();
    const [first, second] = await Promise.all([processes.start(), processes.start()]);
    const readers = [first, second];
    await Promise.all(readers.map((reader) => reader.call('open', { folder })));
    await using store = await EmbeddedEventStore.open(folder);
    const seen: unknown[] = [];

    for (let turn = 0; turn < 300; turn += 1) {
      const event = probe(turn);
      const [{ revision, position }] = await Promise.all([
        store.append('account-1', [event]),
        readers[turn % 2]?.call('append', { stream: 'account-2' }),
        readers[(turn + 1) % 2]?.call('append', { stream: 'account-3', count: 2 }),
      ]);
      const read = { stream: 'account-1', options: { from: revision } };
      const shown = await Promise.all(
        readers.map((reader) => reader.call<readonly { id: string }[]>('read', read)),
      );
      const heads = await Promise.all(readers.map((reader) => reader.call<string>('head')));
      seen.push(
        shown.every(([one]) => one?.id === event.id) && heads.every((at) => at >= position),
      );
    }

    expect(seen).toEqual(Array.from({ length: 300 }, () => true));
  }, 120_000);
});
