import type { ExpectedRevision } from '@everfold/core';
import { EmbeddedEventStore } from '@everfold/embedded';
import { countEvents } from './events.js';
import { Folders } from './folders.js';
import { print, until } from './patience.js';
import { Processes, type StoreProcess } from './processes.js';

const RACERS = 8;
const ROUNDS = 1_000;
/** So many attempts must overlap, in so many rounds: otherwise nothing was raced. */
const OVERLAPPING = { attempts: 4, rounds: 900 };

const processes = new Processes();
const folders = new Folders();

afterEach(async () => {
  await processes.end();
  await folders.remove();
});

interface Attempt {
  readonly began: string;
  readonly ended: string;
  readonly revision?: number;
  readonly error?: {
    readonly code?: string;
    readonly expected?: unknown;
    readonly actual?: unknown;
  };
}

/** The most attempts that were under way at one time. */
function overlap(attempts: readonly Attempt[]): number {
  const running = attempts.map(
    ({ began }) =>
      attempts.filter(
        (other) => BigInt(other.began) <= BigInt(began) && BigInt(began) < BigInt(other.ended),
      ).length,
  );
  return Math.max(...running);
}

/** The rounds go through a stream's life: nothing there, its first event, a later one. */
const STAGES: readonly ExpectedRevision[] = ['no-stream', 0, 1];

async function openEverywhere(folder: string): Promise<StoreProcess[]> {
  const racers = await processes.startAll(RACERS);
  await Promise.all(racers.map((racer) => racer.call('open', { folder })));
  return racers;
}

describe('Eight processes', () => {
  it('that race for a revision: one wins, the others learn where the stream stands', async () => {
    const folder = await folders.create();
    const racers = await openEverywhere(folder);
    const overlaps: number[] = [];

    for (let round = 0; round < ROUNDS; round += 1) {
      const revision = round % STAGES.length;
      const expected = STAGES[revision] ?? 'no-stream';
      const stream = `raced-${Math.floor(round / STAGES.length)}`;
      // All have answered the round before: what follows releases them together.
      const attempts = await Promise.all(
        racers.map((racer) => racer.call<Attempt>('attempt', { stream, expected })),
      );
      overlaps.push(overlap(attempts));
      const winners = attempts.filter(({ error }) => error === undefined);
      const losers = attempts.filter(({ error }) => error !== undefined);
      expect(winners.map((winner) => winner.revision)).toEqual([revision]);
      for (const { error } of losers)
        expect(error).toMatchObject({
          code: 'WRONG_EXPECTED_REVISION',
          expected,
          actual: revision,
        });
    }

    const overlapping = overlaps.filter((count) => count >= OVERLAPPING.attempts).length;
    const all = overlaps.filter((count) => count === RACERS).length;
    print(
      `races: ${ROUNDS} rounds, one winner each; in ${overlapping} at least ${OVERLAPPING.attempts} attempts overlapped, in ${all} all ${RACERS}`,
    );
    await using store = await EmbeddedEventStore.open(folder);
    expect(await countEvents(store)).toBe(ROUNDS);
    expect(overlapping).toBeGreaterThanOrEqual(OVERLAPPING.rounds);
    expect(await store.verify()).toMatchObject({ ok: true });
  }, 180_000);

  it('that append to streams of their own all get on, none much slower than the others', async () => {
    const folder = await folders.create();
    const racers = await openEverywhere(folder);
    const counts = racers.map((racer, at) =>
      racer.call<number>('appendUntilStopped', { stream: `lane-${at}` }),
    );
    await using store = await EmbeddedEventStore.open(folder);
    await until('4,000 appends', async () => Number(await store.head()) >= 4_000, 60_000);

    await Promise.all(racers.map((racer) => racer.call('stop')));

    const appended = await Promise.all(counts);
    const total = appended.reduce((sum, count) => sum + count, 0);
    print(`fairness: ${RACERS} processes appended ${appended.join(', ')} events`);
    expect(await countEvents(store)).toBe(total);
    expect(Math.min(...appended)).toBeGreaterThan(total / RACERS / 5);
  }, 90_000);

  it('that start on an empty folder at once all open the same store', async () => {
    const starters = await processes.startAll(RACERS);
    for (let round = 0; round < 20; round += 1) {
      const folder = await folders.create();
      const as = `store ${round}`;

      const identities = await Promise.all(
        starters.map((starter) => starter.call<string>('open', { as, folder })),
      );
      const appends = starters.map((starter, at) =>
        starter.call('append', { as, stream: `first-${at}`, expected: 'no-stream' }),
      );
      await Promise.all(appends);

      expect(new Set(identities).size).toBe(1);
      const summaries = starters.map((starter) => starter.call('readAll', { as, summary: true }));
      const [first, ...others] = await Promise.all(summaries);
      expect(first).toMatchObject({ count: RACERS });
      for (const other of others) expect(other).toEqual(first);
      await Promise.all(starters.map((starter) => starter.call('close', { as })));
    }
    print(`first start: ${RACERS} processes at once on 20 empty folders, one identity each`);
  }, 90_000);
});
