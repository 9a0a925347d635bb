import type { EventStore } from '../../event-store/event-store.js';
import { background, range, wrong } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsIn, idsOf } from './events.js';

const MISUSE = { name: 'TypeError' };
const BAD_NAMES: Readonly<Record<string, unknown>> = {
  'an empty name': '',
  "a name that begins with '$'": '$all',
  'a name with a lone surrogate': 'a-\ud800',
  'a name of 1,001 bytes': 'n'.repeat(1_001),
  'a name of 334 characters of three bytes': '漢'.repeat(334),
  'a name that is no string': 7,
  'no name': undefined,
};

/** Stream names: hostile ones, Unicode, and those that look alike. */
export function describeNames(contract: Contract): void {
  const { it } = contract;

  contract.describe('stream names', () => {
    for (const [name, bad] of Object.entries(BAD_NAMES)) {
      it(`refuses ${name} for an append`, async ({ store }) => {
        const append = store.append(wrong(bad), [event()]);

        await expect(append).rejects.toMatchObject(MISUSE);
      });

      it(`refuses ${name} wherever a stream is named`, async ({ store, stream }) => {
        const name = wrong<string>(bad);
        const calls = [
          collect(store.read(name)),
          store.delete(name),
          store.tombstone(name),
          store.setRetention(name, {}),
          store.appendToStreams([
            { stream, events: [event()] },
            { stream: name, events: [event()] },
          ]),
        ].map((call) => background<unknown>(call));

        for (const call of calls) await expect(call).rejects.toMatchObject(MISUSE);
        expect(await idsIn(store, stream)).toEqual([]);
      });
    }

    it('takes a name of 1,000 bytes exactly', async ({ store, category }) => {
      const name = `${category}-`.padEnd(1_000, 'n');

      await store.append(name, events(2));

      expect(await idsIn(store, name)).toHaveLength(2);
      expect((await collect(store.read(name)))[0]?.stream).toBe(name);
    });

    it('takes a name of 1,000 bytes in multi-byte characters', async ({ store, category }) => {
      const ascii = `${category}-`;
      const room = 1_000 - ascii.length;
      const name =
        ascii +
        '漢'.repeat(Math.floor(room / 3)) +
        'é'.repeat((room % 3) / 2) +
        'x'.repeat(room % 3 === 1 ? 1 : 0);
      const [first, second] = [events(2), events(1)];

      await store.append(name, first);
      await store.append(name, second, { expected: 1 });

      expect(await idsIn(store, name)).toEqual(idsOf([...first, ...second]));
    });

    it('tells long names apart that differ in their last character only', async ({
      store,
      category,
    }) => {
      const prefix = `${category}-`.padEnd(999, 'n');
      const [a, b] = [events(1), events(2)];

      await store.append(`${prefix}a`, a, { expected: 'no-stream' });
      await store.append(`${prefix}b`, b, { expected: 'no-stream' });

      expect(await idsIn(store, `${prefix}a`)).toEqual(idsOf(a));
      expect(await idsIn(store, `${prefix}b`)).toEqual(idsOf(b));
      expect(await idsIn(store, prefix)).toEqual([]);
    });

    it('keeps names that begin alike apart', async ({ store, category }) => {
      await keptApart(
        store,
        ['', '-', '-1', '-10', '-1-0', '-100', '-1 ', '--1'].map((it) => category + it),
      );
    });

    it('keeps names with NUL apart from those without', async ({ store, streamOf }) => {
      await keptApart(
        store,
        ['a', 'a\0', 'a\0\0', 'a\0b', '\0a', 'ab', 'a\u00001', 'a\u0001'].map(streamOf),
      );
    });

    it('keeps names apart that look or sort alike', async ({ store, streamOf }) => {
      const names = [
        'é',
        'e\u0301',
        'É',
        'e',
        'E',
        '1',
        '１',
        '01',
        '1.0',
        'ﬀ',
        'ff',
        '\u200b1',
        '1\u200b',
      ];

      await keptApart(store, names.map(streamOf));
    });

    it('keeps names apart that lie at the borders of code units and bytes', async ({
      store,
      streamOf,
    }) => {
      const names = [
        '\u007f',
        '\u0080',
        '\u00ff',
        '\u0100',
        '\u07ff',
        '\u0800',
        '\ud7ff',
        '\ue000',
        '\uffff',
        '\u{10000}',
        '\u{10ffff}',
      ];

      await keptApart(store, names.map(streamOf));
    });

    it('takes names that mean something to others', async ({ store, streamOf }) => {
      const names = [
        '$all',
        '../../etc/passwd',
        '%2e%2e',
        'a/b',
        'a\\b',
        '"quoted"',
        "'; drop table",
        '{"a":1}',
        '\n',
        ' ',
        '*',
        '@@x',
        '__proto__',
        'constructor',
      ];

      await keptApart(store, names.map(streamOf));
    });

    it('takes a name that is a property of every object', async ({ store }) => {
      for (const name of ['__proto__', 'constructor', 'hasOwnProperty', 'toString']) {
        const before = (await idsIn(store, name)).length;

        await store.append(name, [event()]);

        expect(await idsIn(store, name)).toHaveLength(before + 1);
      }
    });

    it('gives names back as they were given', async ({ store, streamOf, log }) => {
      const names = ['\0', '😀', 'e\u0301', '"\\', '\u2028', ' x '].map(streamOf);
      for (const name of names) await store.append(name, [event()]);

      const found = await log();

      expect(found.map(({ stream }) => stream)).toEqual(names);
    });

    it('deletes just the stream that is named', async ({ store, streamOf }) => {
      const names = ['1', '10', '1\0', '1-'].map(streamOf);
      for (const name of names) await store.append(name, events(2));

      await store.delete(streamOf('1'));
      await store.tombstone(streamOf('1-'));

      expect(await idsIn(store, streamOf('10'))).toHaveLength(2);
      expect(await idsIn(store, streamOf('1\0'))).toHaveLength(2);
    });
  });
}

/** Writes to each stream in turns, and expects that each has its own events and revisions only. */
async function keptApart(store: EventStore, names: readonly string[]): Promise<void> {
  const given = names.map((_, n) => events((n % 3) + 1));
  for (const [n, name] of names.entries())
    await store.append(name, given[n] ?? events(1), { expected: 'no-stream' });
  await Promise.all(names.map((name, n) => store.append(name, [event()], { expected: n % 3 })));

  for (const [n, name] of names.entries()) {
    const found = await collect(store.read(name));
    expect(idsOf(found).slice(0, -1)).toEqual(idsOf(given[n] ?? []));
    expect(found.map(({ revision }) => revision)).toEqual(range((n % 3) + 2));
    expect(found.every(({ stream }) => stream === name)).toBe(true);
    expect(idsOf(await collect(store.read(name, { direction: 'backwards' })))).toEqual(
      idsOf(found).reverse(),
    );
  }
}
