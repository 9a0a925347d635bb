import type { EventFilter } from '../../event-store/event-store.js';
import { nonEmpty } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsOf } from './events.js';
import type { Fixture } from './fixture.js';

/** Filters, the same for reads of the log and for subscriptions. */
export function describeFilters(contract: Contract): void {
  const { it } = contract;

  contract.describe('filtering', () => {
    it('yields the types that are named, in the order of the log', async (fixture) => {
      expect(await matching(fixture, { types: ['opened', 'closed'] })).toEqual([
        'x-1 opened',
        'y-1 opened',
        'x-1 closed',
        'flat opened',
      ]);
    });

    it('yields the categories that are named', async (fixture) => {
      expect(await matching(fixture, { categories: ['x'] })).toEqual([
        'x-1 opened',
        'x-1 opened.twice',
        'x-1 closed',
        'x-2-y opened.twice',
      ]);
    });

    it('yields several categories in the order of the log', async (fixture) => {
      expect(await matching(fixture, { categories: ['y', 'x'] })).toEqual([
        'x-1 opened',
        'y-1 opened',
        'x-1 opened.twice',
        'x-1 closed',
        'x-2-y opened.twice',
      ]);
    });

    it('asks for both where both are named', async (fixture) => {
      expect(await matching(fixture, { types: ['opened'], categories: ['y', 'xx'] })).toEqual([
        'y-1 opened',
      ]);
    });

    it('yields nothing for an empty list of types', async (fixture) => {
      expect(await matching(fixture, { types: [] })).toEqual([]);
    });

    it('yields nothing for an empty list of categories', async (fixture) => {
      expect(await matching(fixture, { categories: [] })).toEqual([]);
    });

    it('yields nothing for an empty list beside one that matches', async (fixture) => {
      expect(await matching(fixture, { types: ['opened'], categories: [] })).toEqual([]);
    });

    it('yields everything for a filter that names nothing', async (fixture) => {
      expect(await matching(fixture, {})).toHaveLength(8);
      expect(await matching(fixture, { types: undefined, categories: undefined })).toHaveLength(8);
    });

    it('yields nothing for a type that never was', async (fixture) => {
      expect(await matching(fixture, { types: ['never'] })).toEqual([]);
    });

    it('takes each character of a type for itself, on every path', async (fixture) => {
      const { store, stream, log } = fixture;
      const given = ALIKE.map((type) => event({ type }));
      await store.append(stream, nonEmpty(given));

      for (const [n, type] of ALIKE.entries()) {
        const filter = { types: [type] };
        const expected = [type, [given[n]?.id]];
        expect([type, idsOf(await collect(store.read(stream, { filter })))]).toEqual(expected);
        expect([type, idsOf(await log({ filter }))]).toEqual(expected);
        expect([type, await followed(fixture, filter)]).toEqual(expected);
      }
    });

    it('takes each character of a category for itself, on every path', async (fixture) => {
      const { store, category } = fixture;
      const given = ALIKE.map((name) => ({ category: category + name, it: event() }));
      for (const { category, it } of given) await store.append(`${category}-1`, [it]);

      for (const { category, it } of given) {
        const filter = { categories: [category] };
        const expected = [category, [it.id]];
        expect([category, idsOf(await collect(store.readAll({ filter })))]).toEqual(expected);
        expect([category, await followed(fixture, filter)]).toEqual(expected);
      }
    });

    it('takes each character for itself where several are named', async (fixture) => {
      const { store, stream, log } = fixture;
      const given = ALIKE.map((type) => event({ type }));
      await store.append(stream, nonEmpty(given));
      const types = ALIKE.filter((_, n) => n % 2 === 0);

      const found = await log({ filter: { types } });

      expect(found.map(({ type }) => type)).toEqual(types);
    });

    it('takes types whole: no prefix, no other case', async (fixture) => {
      expect(await matching(fixture, { types: ['open', 'OPENED', 'opened.'] })).toEqual([]);
    });

    it('takes categories whole: no prefix, no other case', async (fixture) => {
      expect(await matching(fixture, { categories: ['', 'X', 'x-2', 'x-1'] })).toEqual([]);
    });

    it('takes for the category what stands before the first dash', async (fixture) => {
      const found = await matching(fixture, { categories: ['xx'] });

      expect(found).toEqual(['xx-1-x closed.late']);
    });

    it('finds a stream without a dash in no category, though by its types', async (fixture) => {
      expect(await matching(fixture, { categories: ['flat'] })).toEqual([]);
      expect(await matching(fixture, { types: ['opened'] })).toContain('flat opened');
    });

    it('names a type twice as once', async (fixture) => {
      expect(await matching(fixture, { types: ['closed', 'closed'] })).toEqual(['x-1 closed']);
    });

    it('filters types of any script', async ({ store, stream, log }) => {
      await store.append(stream, nonEmpty(['é', 'e\u0301', '😀'].map((type) => event({ type }))));

      const found = await log({ filter: { types: ['e\u0301', '😀'] } });

      expect(found.map(({ type }) => type)).toEqual(['e\u0301', '😀']);
    });

    it('counts a limit behind the filter', async ({ store, stream, log }) => {
      await store.append(
        stream,
        nonEmpty([...events(40), event({ type: 'a' }), event({ type: 'a' })]),
      );

      const first = await log({ filter: { types: ['a'] }, limit: 1 });
      const both = await log({ filter: { types: ['a'] }, limit: 2 });

      expect(first.map(({ revision }) => revision)).toEqual([40]);
      expect(both.map(({ revision }) => revision)).toEqual([40, 41]);
    });

    it('filters backwards, from within a stretch that does not match', async ({
      store,
      stream,
      log,
    }) => {
      await store.append(
        stream,
        nonEmpty([event({ type: 'a' }), ...events(9), event({ type: 'a' })]),
      );
      const all = await log();

      const found = await log({
        filter: { types: ['a'] },
        direction: 'backwards',
        from: all[5]?.position,
      });

      expect(found.map(({ revision }) => revision)).toEqual([0]);
    });

    it('finds what matches behind a long stretch that does not', async ({ store, stream, log }) => {
      await store.append(stream, events(2_000));
      const needle = event({ type: 'needle' });
      await store.append(stream, [needle]);

      const found = await log({ filter: { types: ['needle'] } });

      expect(idsOf(found)).toEqual([needle.id]);
    });

    it('filters a subscription as it does a read', async (fixture) => {
      const { store, category } = fixture;
      await arrange(fixture);
      const filter = { types: ['opened', 'closed'], categories: [`${category}x`] };
      const follower = fixture.followAll({ filter });
      await follower.caughtUp();

      await store.append(`${category}x-1`, [event({ type: 'opened' })]);
      await store.append(`${category}y-1`, [event({ type: 'opened' })]);
      await store.append(`${category}x-3`, [event({ type: 'other' }), event({ type: 'closed' })]);

      await follower.untilEvents(4);
      const read = await collect(store.readAll({ filter }));
      expect(follower.ids).toEqual(idsOf(read));
    });
  });
}

const STREAMS: readonly (readonly [stream: string, type: string])[] = [
  ['x-1', 'opened'],
  ['y-1', 'opened'],
  ['x-1', 'opened.twice'],
  ['xx-1-x', 'closed.late'],
  ['x-1', 'closed'],
  ['x-2-y', 'opened.twice'],
  ['flat', 'opened'],
  ['flat', 'opened.twice'],
];

/** Names that are alike for who takes them for a pattern, a list, a text of some collation, or cuts them. */
const ALIKE = [
  ...[
    'x',
    'X',
    'xx',
    'xy',
    'xyz',
    'xzz',
    'x.z',
    'x_z',
    'x%',
    '%',
    '_',
    'x_',
    'x*',
    '*',
    'x?',
    'x.*',
  ],
  ...['.', '^x', 'x$', 'x+', '(x)', '[x]', '[xX]', 'x|X', 'x{1}', 'x\\', '\\x', '\\_', '!_', 'x/z'],
  ...['x ', ' x', 'x  ', 'x\t', 'x\n', 'x\0', 'x\0z', 'x,X', 'x;X', "x'", 'x"', "x''", 'x`', 'x:z'],
  ...['é', 'e', 'e\u0301', 'É', 'ß', 'ss', 'ẞ', 'i', 'I', 'İ', 'ı', 'σ', 'ς', 'ﬁ', 'fi', '1', '01'],
  ...[
    'x\u200b',
    'x\u00ad',
    'x\u00a0',
    'ｘ',
    'х',
    '😀',
    '😁',
    '😀x',
    '__proto__',
    'null',
    '#x',
    '@x',
  ],
];

async function followed({ category, followAll }: Fixture, filter: EventFilter): Promise<string[]> {
  const follower = followAll({ filter });
  await follower.caughtUp();
  await follower.leave();
  return follower.events.filter(({ stream }) => stream.startsWith(category)).map(({ id }) => id);
}

/** Writes the same small log in categories of this test. */
async function arrange({ store, category }: Fixture): Promise<ReadonlySet<string>> {
  const ids: string[] = [];
  for (const [stream, type] of STREAMS) {
    const given = event({ type });
    await store.append(category + stream, [given]);
    ids.push(given.id);
  }
  return new Set(ids);
}

/**
 * What of that log a filter lets through, the same on every path; `''` before each category stands for the test's own prefix.
 */
async function matching(fixture: Fixture, { types, categories }: EventFilter): Promise<string[]> {
  const { store, category, streamOf } = fixture;
  const filter = { types, categories: categories?.map((it) => category + it) };
  const live = fixture.followAll({ filter });
  await live.caughtUp();
  const own = await arrange(fixture);
  const { position } = await store.append(streamOf('end'), [event({ type: 'end' })]);

  const forwards = await collect(store.readAll({ filter }));
  const backwards = await collect(store.readAll({ filter, direction: 'backwards' }));
  const later = fixture.followAll({ filter });
  for (const follower of [live, later])
    await fixture.patience.until('the end of the log', async () => {
      await follower.pull();
      return follower.last.position >= position;
    });

  const shown = [forwards, backwards.reverse(), live.events, later.events].map((found) =>
    found
      .filter(({ id }) => own.has(id))
      .map(({ stream, type }) => `${stream.slice(category.length)} ${type}`),
  );
  for (const other of shown) expect(other).toEqual(shown[0]);
  return shown[0] ?? [];
}
