import type { NewEvent, RecordedEvent } from '../../event-store/event-store.js';
import { nonEmpty, range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, collectBatches, event, idsOf } from './events.js';
import type { Fixture } from './fixture.js';

const backwards = { direction: 'backwards' } as const;
type Events = readonly RecordedEvent[];
/** One way to come by all events of this test's category, in the order of the log. */
type Path = (fixture: Fixture) => Promise<Events>;

/** Ways that begin when everything is written. */
const PATHS: readonly (readonly [name: string, path: Path])[] = [
  ['a read of its stream', (fixture) => perStream(fixture, ({ store }, it) => store.read(it))],
  [
    'a read of its stream backwards',
    (fixture) => perStream(fixture, ({ store }, it) => store.read(it, backwards)),
  ],
  [
    'a read of its stream with a filter',
    (fixture) =>
      perStream(fixture, ({ store, category }, it) =>
        store.read(it, { from: 0, limit: 100, filter: { categories: [category], types: TYPES } }),
      ),
  ],
  ['a read of the log', ({ log }) => log()],
  ['a read of the log backwards', async ({ log }) => (await log(backwards)).toReversed()],
  ['a read of the log by types', ({ log }) => log({ filter: { types: TYPES } })],
  ['a read of the log in batches', inBatches],
  ['a read of the log from a position', fromTheFirst],
  ['a read of the log one by one', oneByOne],
  ['a subscription that catches up', ({ follow }) => follow().untilEvents(EVENTS)],
  [
    'a subscription that catches up by types',
    ({ follow }) => follow({ filter: { types: TYPES } }).untilEvents(EVENTS),
  ],
  ['subscriptions that are resumed', resumed],
];

const TYPES = ['thing.happened', 'thing.done'];
/** A key that assigning would lose; `toStrictEqual` does not see it, JSON does. */
const HOSTILE = '{"__proto__":{"polluted":true},"":2}';
/** In each of two streams, by one append each. */
const BATCHES = 3;
const EVENTS = BATCHES * 2 * 4;

/** An event is the same to the last field, whoever reads it. */
export function describeSameEvent(contract: Contract): void {
  const { it, itWithClock } = contract;

  contract.describe('an event', () => {
    it('is stored as given, at the place that the append reports', async (fixture) => {
      const { store, stream, streamOf } = fixture;
      const given = [...range(BATCHES).map(() => batch()), batch()];
      const results = [];
      for (const one of given) {
        await store.append(streamOf('between'), [event()]);
        results.push(await store.append(stream, one));
      }

      const stored = await collect(store.read(stream));

      expect(stored.map(asGiven)).toStrictEqual(given.flat());
      expect(stored.map((it) => [it.stream, it.revision])).toEqual(
        range(given.length * 4).map((revision) => [stream, revision]),
      );
      expect(results.map(({ revision }) => stored[revision]?.position)).toEqual(
        results.map(({ position }) => position),
      );
      expect(stored.every(({ recordedAt }) => recordedAt instanceof Date)).toBe(true);
    });

    for (const [name, path] of PATHS)
      it(`is the same on every path: ${name}`, async (fixture) => {
        const given = await writeAll(fixture);

        const found = await path(fixture);

        expect(found.map(asGiven)).toStrictEqual(given);
        expect(JSON.stringify(found.map(({ data }) => data))).toBe(
          JSON.stringify(given.map(({ data }) => data)),
        );
        expect(found).toStrictEqual(await truth(fixture));
      });

    it('is the same on every path: a subscription that is live', async (fixture) => {
      const fromStart = fixture.follow();
      const fromEnd = fixture.follow({ after: 'end' });
      const filtered = fixture.follow({ filter: { types: TYPES } });
      for (const follower of [fromStart, fromEnd, filtered]) await follower.caughtUp();

      const given = await writeAll(fixture);

      for (const follower of [fromStart, fromEnd, filtered]) {
        const found = await follower.untilEvents(EVENTS);
        expect(found.map(asGiven)).toStrictEqual(given);
        expect(JSON.stringify(found)).toBe(JSON.stringify(await truth(fixture)));
        expect(found).toStrictEqual(await truth(fixture));
      }
    });

    it('is the same on every path: a subscription that waits for it', async (fixture) => {
      const follower = fixture.follow();
      await follower.caughtUp();

      const given: NewEvent[] = [];
      for (const one of batch()) {
        const waiting = follower.untilEvents(given.length + 1);
        await fixture.store.append(fixture.stream, [one]);
        given.push(one);
        await waiting;
      }

      expect(follower.events.map(asGiven)).toStrictEqual(given);
      expect(follower.events).toStrictEqual(await collect(fixture.store.read(fixture.stream)));
    });

    it('is the same on every path: after an append to several streams', async (fixture) => {
      const { store, streamOf, log, follow } = fixture;
      if (!store.capabilities.multiStreamAppend) return;
      const live = follow();
      await live.caughtUp();
      const given = [batch(), batch(), batch()];

      await store.appendToStreams(
        nonEmpty(given.map((events, n) => ({ stream: streamOf(String(n)), events }))),
      );

      const found = await log();
      expect(found.map(asGiven)).toStrictEqual(given.flat());
      expect(await live.untilEvents(12)).toStrictEqual(found);
      expect(await follow().untilEvents(12)).toStrictEqual(found);
      for (const n of range(3))
        expect(await collect(store.read(streamOf(String(n))))).toStrictEqual(
          found.slice(n * 4, n * 4 + 4),
        );
    });

    it('is spoiled for others by no reader, whatever the path', async (fixture) => {
      await writeAll(fixture);
      const before = await truth(fixture);

      for (const [, path] of [...PATHS, ...PATHS]) {
        const found = await path(fixture);
        expect(found).toStrictEqual(before);
        for (const one of found) spoil(one);
      }
    });

    itWithClock('has the time of its append on every path', async (fixture, clock) => {
      const live = fixture.follow();
      await live.caughtUp();
      const times: number[] = [];
      for (const n of range(4)) {
        await fixture.write(2, { stream: fixture.streamOf(String(n % 2)) });
        times.push(clock.now(), clock.now());
        clock.advance(60_001);
      }

      const shown = [
        await fixture.log(),
        (await fixture.log(backwards)).toReversed(),
        await live.untilEvents(8),
        await fixture.follow().untilEvents(8),
      ];

      for (const events of shown)
        expect(events.map(({ recordedAt }) => recordedAt.getTime())).toEqual(times);
    });

    itWithClock(
      'stands where it was appended, though the clock went back',
      async (fixture, clock) => {
        const { store, stream, streamOf, log, follow } = fixture;
        const given: NewEvent[] = [];
        for (const n of range(6)) {
          const one = event();
          await store.append(n % 2 === 0 ? stream : streamOf('other'), [one]);
          given.push(one);
          clock.advance(-1_000);
        }

        expect(idsOf(await log())).toEqual(idsOf(given));
        expect(idsOf(await log(backwards))).toEqual(idsOf(given).reverse());
        expect(idsOf(await follow().untilEvents(6))).toEqual(idsOf(given));
        const inStream = await collect(store.read(stream));
        expect(inStream.map(({ revision }) => revision)).toEqual([0, 1, 2]);
      },
    );

    if (contract.harness.reopen !== undefined)
      for (const [name, path] of PATHS)
        it(`is the same when the store was reopened: ${name}`, async (fixture) => {
          await writeAll(fixture);
          const before = await truth(fixture);

          await fixture.reopen();

          expect(await path(fixture)).toStrictEqual(before);
        });
  });
}

/** Four events of which no two fields are alike. */
function batch() {
  const metadata = {
    correlationId: 'correlation-7',
    causationId: 'cause-7',
    commandId: 'command-7',
    commandIndex: 7,
    commandHash: 'ab'.repeat(32),
    actor: 'Ada',
    tenant: 'äöü',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    $own: { nested: [1, { deep: null }] },
  };
  const few = { correlationId: 'c', own: 'yes' };
  return nonEmpty([
    event({ version: 3, data: { n: 1, text: 'žluť 😀', list: [null, true] }, metadata }),
    event({ type: 'thing.done', version: 2, data: Uint8Array.of(0, 255, 123), metadata }),
    event({ version: 123_456, data: { long: 'x'.repeat(40_000) } }),
    event({ type: 'thing.done', data: JSON.parse(HOSTILE), metadata: few }),
  ]);
}

async function writeAll({ store, streamOf }: Fixture): Promise<readonly NewEvent[]> {
  const given = range(BATCHES * 2).map(() => batch());
  for (const [n, one] of given.entries()) await store.append(streamOf(String(n % 2)), one);
  return given.flat();
}

/** The events as their streams show them, in the order of the log. */
function truth(fixture: Fixture): Promise<Events> {
  return perStream(fixture, ({ store }, stream) => store.read(stream));
}

async function perStream(
  fixture: Fixture,
  read: (fixture: Fixture, stream: string) => AsyncIterable<RecordedEvent>,
): Promise<Events> {
  const found: RecordedEvent[] = [];
  for (const n of range(2))
    for await (const one of read(fixture, fixture.streamOf(String(n)))) found.push(one);
  return found.sort((a, b) => (a.position < b.position ? -1 : 1));
}

async function inBatches({ store, category }: Fixture): Promise<Events> {
  return (await collectBatches(store.readAll({ filter: { categories: [category] } }))).flat();
}

async function fromTheFirst({ store, log }: Fixture): Promise<Events> {
  const all = await log();
  const known = new Set(idsOf(all));
  const found = await collect(store.readAll({ from: all[0]?.position }));
  return found.filter(({ id }) => known.has(id));
}

async function oneByOne({ log }: Fixture): Promise<Events> {
  const found: RecordedEvent[] = [];
  for (const _ of range(EVENTS))
    found.push(...(await log({ after: found.at(-1)?.position, limit: 1 })));
  return found;
}

async function resumed({ follow }: Fixture): Promise<Events> {
  const found: RecordedEvent[] = [];
  for (const _ of range(EVENTS)) {
    const follower = follow({ after: found.at(-1)?.position });
    const [next] = await follower.untilEvents(1);
    if (next !== undefined) found.push(next);
    await follower.leave();
  }
  return found;
}

/** Changes whatever of an event can be changed. */
function spoil({ data, metadata, recordedAt }: RecordedEvent): void {
  if (data instanceof Uint8Array) data.fill(9);
  else Object.assign(data ?? {}, { spoiled: true });
  Object.assign(metadata, { correlationId: 'spoiled', spoiled: true });
  recordedAt.setTime(0);
}

/** The part of a recorded event that its writer gave. */
function asGiven({ id, type, version, data, metadata }: RecordedEvent): NewEvent {
  return { id, type, version, data, metadata };
}
