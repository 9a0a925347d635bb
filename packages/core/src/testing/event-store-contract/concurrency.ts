import { setImmediate } from 'node:timers/promises';
import type { RecordedEvent } from '../../event-store/event-store.js';
import type { ExpectedRevision } from '../../event-store/expected-revision.js';
import type { Position } from '../../event-store/position.js';
import { background, failureOf, outcomesOf, range, sorted } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsIn, idsOf } from './events.js';
import type { Fixture } from './fixture.js';

const CONFLICT = 'WRONG_EXPECTED_REVISION';

/** Writers at the same time, and what readers see of them. */
export function describeConcurrency(contract: Contract): void {
  const { it } = contract;

  contract.describe('racing writers', () => {
    it('lets one of many win a stream that never was', async (fixture) => {
      await oneWins(fixture, 'no-stream');
    });

    it('lets one of many win at revision 0', async (fixture) => {
      await fixture.write(1);

      await oneWins(fixture, 0);
    });

    it('lets one of many win at a later revision', async (fixture) => {
      await fixture.write(6);

      await oneWins(fixture, 5);
    });

    it('lets one of many win a stream that was deleted', async (fixture) => {
      await fixture.write(3);
      await fixture.store.delete(fixture.stream);

      await oneWins(fixture, 'no-stream');
    });

    it('tells the losers where the stream stands', async ({ store, stream, write }) => {
      await write(1);

      const failures = await Promise.all(
        range(5).map(() => failureOf(store.append(stream, events(2), { expected: 0 }))),
      );

      expect(failures.filter((failure) => failure !== undefined)).toHaveLength(4);
      for (const failure of failures)
        if (failure !== undefined) expect(failure).toMatchObject({ code: CONFLICT, actual: 2 });
    });

    it('lets a loser win who comes again with the actual revision', async ({ store, stream }) => {
      const add = async (expected: ExpectedRevision, attempts = 10): Promise<number> => {
        try {
          return (await store.append(stream, [event()], { expected })).revision;
        } catch (error) {
          if (attempts === 0) throw error;
          return add((error as { readonly actual: number }).actual, attempts - 1);
        }
      };

      const revisions = await Promise.all(range(8).map(() => add('no-stream')));

      expect(revisions.toSorted((a, b) => a - b)).toEqual(range(8));
    });

    for (const expected of ['any', 'stream-exists'] as const)
      it(`stores everything that was acknowledged at ${expected}, each once`, async (fixture) => {
        const { store, stream, write } = fixture;
        await write(1);
        const given = range(30).map(() => event());

        const results = await Promise.all(
          given.map((it) => store.append(stream, [it], { expected })),
        );

        const revisions = results.map(({ revision }) => revision).toSorted((a, b) => a - b);
        expect(revisions).toEqual(range(31).slice(1));
        expect(sorted((await idsIn(store, stream)).slice(1))).toEqual(sorted(idsOf(given)));
      });

    it('keeps the events of each append together in their stream', async ({ store, stream }) => {
      const given = range(12).map((n) => events(n % 4 === 0 ? 1 : 5));

      const results = await Promise.all(given.map((it) => store.append(stream, it)));

      const stored = await idsIn(store, stream);
      for (const [n, { revision }] of results.entries()) {
        const ids = idsOf(given[n] ?? []);
        expect(stored.slice(revision - ids.length + 1, revision + 1)).toEqual(ids);
      }
    });

    it('reports to each writer the position of its own events', async ({ store, streamOf }) => {
      const given = range(20).map((n) => ({ stream: streamOf(String(n % 5)), event: event() }));

      const results = await Promise.all(given.map((it) => store.append(it.stream, [it.event])));

      for (const [n, { position, revision }] of results.entries()) {
        const [found] = await collect(store.readAll({ from: position, limit: 1 }));
        expect(found).toMatchObject({ id: given[n]?.event.id, revision, position });
      }
    });

    it('leaves no event of a loser in the log, and no hole that stops a reader', async (fixture) => {
      const { store, stream, log } = fixture;
      const winners: string[] = [];
      for (const round of range(3)) {
        const expected = round === 0 ? 'no-stream' : round * 2 - 1;
        const attempts = range(10).map(() => ({ events: events(2) }));
        const outcomes = await Promise.allSettled(
          attempts.map((it) => store.append(stream, it.events, { expected })),
        );
        const won = attempts[outcomes.findIndex(({ status }) => status === 'fulfilled')];
        winners.push(...idsOf(won?.events ?? []));
      }

      const behind = await store.append(stream, [event()]);

      expect(idsOf(await log()).slice(0, -1)).toEqual(winners);
      expect((await log()).at(-1)?.position).toBe(behind.position);
    });

    it('either appends before a concurrent delete or after it, never in between', async (fixture) => {
      const { store } = fixture;
      for (const n of range(8)) {
        const stream = fixture.streamOf(`delete-${n}`);
        await store.append(stream, events(2));
        const racers = [
          () => store.append(stream, [event()], { expected: 1 }),
          () => store.delete(stream, { expected: 1 }),
        ];

        const outcomes = await outcomesOf(
          (n % 2 === 0 ? racers : racers.reverse()).map((it) => it()),
        );

        expect(sorted(outcomes)).toEqual([CONFLICT, 'ok']);
        expect([0, 3]).toContain((await idsIn(store, stream)).length);
      }
    });

    it('lets no append through once a tombstone has been set', async ({ store, stream }) => {
      await store.append(stream, [event()]);

      const appends = range(10).map(() => background(store.append(stream, [event()])));
      const tombstone = background(store.tombstone(stream));
      const outcomes = await outcomesOf(appends);
      await tombstone;

      for (const outcome of outcomes) expect(['ok', 'STREAM_DELETED']).toContain(outcome);
      expect(await outcomesOf([store.append(stream, [event()])])).toEqual(['STREAM_DELETED']);
    });
  });

  contract.describe('reading while writers are busy', () => {
    it('shows every acknowledged event once, in the order of each stream', async (fixture) => {
      const { store, streamOf, log } = fixture;
      const written = await writeBusily(fixture);

      const found = await log();

      expect(sorted(idsOf(found))).toEqual(sorted(written));
      for (const n of range(STREAMS)) {
        const stream = streamOf(String(n));
        const own = found.filter((it) => it.stream === stream);
        expect(idsOf(own)).toEqual(await idsIn(store, stream));
        expect(own.map(({ revision }) => revision)).toEqual(range(own.length));
      }
    });

    it('gives out positions in strictly ascending order', async (fixture) => {
      await writeBusily(fixture);

      const positions = (await fixture.log()).map(({ position }) => position);

      expect(positions).toEqual(sorted(new Set(positions)));
      expect(new Set(positions.map(({ length }) => length)).size).toBe(1);
    });

    it('lets no event appear at or before a position that a reader has passed', async (fixture) => {
      const { store } = fixture;
      let busy = true;
      const writing = background(
        fixture.patience.for('the writers', writeBusily(fixture)).finally(() => {
          busy = false;
        }),
      );

      const seen: RecordedEvent[] = [];
      let rounds = 0;
      for (let last = false; !last; rounds += 1) {
        last = !busy;
        const after = seen.at(-1)?.position;
        seen.push(...(await fixture.log({ after })));
        await setImmediate();
      }
      await writing;

      expect(idsOf(seen)).toEqual(idsOf(await fixture.log()));
      expect(rounds).toBeGreaterThan(1);
      expect(await store.head()).toBeDefined();
    });

    it('has everything before a position that it acknowledges', async (fixture) => {
      const { store, streamOf } = fixture;
      const views: { readonly upTo: Position; readonly ids: readonly string[] }[] = [];
      await Promise.all(
        range(6).map(async (writer) => {
          for (const _ of range(6)) {
            const { position } = await store.append(streamOf(String(writer)), events(2));
            const before = await fixture.log({ from: position, direction: 'backwards', limit: 12 });
            views.push({ upTo: position, ids: idsOf(before) });
          }
        }),
      );

      for (const { upTo, ids } of views) {
        const later = await fixture.log({ from: upTo, direction: 'backwards', limit: 12 });
        expect(idsOf(later)).toEqual(ids);
      }
    });

    it('shows an append whole or not at all', async (fixture) => {
      const { store, stream, log } = fixture;
      let busy = true;
      const writing = background(
        Promise.all(range(15).map(() => store.append(stream, events(7)))).finally(() => {
          busy = false;
        }),
      );

      const counts: number[] = [];
      for (let last = false; !last; ) {
        last = !busy;
        counts.push((await collect(store.read(stream))).length, (await log()).length);
        await setImmediate();
      }
      await writing;

      expect(counts.filter((count) => count % 7 !== 0)).toEqual([]);
      expect(counts.at(-1)).toBe(105);
    });
  });
}

const STREAMS = 5;

/** Eight writers, one to three events an append, over a few streams; returns the ids of what was acknowledged. */
async function writeBusily({ store, streamOf }: Fixture): Promise<string[]> {
  const written = await Promise.all(
    range(8).map(async (writer) => {
      const ids: string[] = [];
      for (const n of range(10)) {
        const given = events(1 + ((writer + n) % 3));
        await store.append(streamOf(String((writer + n) % STREAMS)), given);
        ids.push(...idsOf(given));
        if ((writer + n) % 2 === 0) await setImmediate();
      }
      return ids;
    }),
  );
  return written.flat();
}

async function oneWins({ store, stream }: Fixture, expected: ExpectedRevision): Promise<void> {
  const before = await idsIn(store, stream);
  const given = range(20).map(() => event());

  const outcomes = await outcomesOf(given.map((it) => store.append(stream, [it], { expected })));

  const winners = given.filter((_, n) => outcomes[n] === 'ok');
  expect(winners).toHaveLength(1);
  expect(new Set(outcomes)).toEqual(new Set(['ok', CONFLICT]));
  expect(await idsIn(store, stream)).toEqual([...before, ...idsOf(winners)]);
}
