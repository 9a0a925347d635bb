import { range, sorted } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import type { Fixture } from './fixture.js';

/** In code point order. UTF-16 would put the last two of the letters the other way round. */
const ORDERED = ['', '\u0000', '\n', '!', '-', '.', '/', '0', '10', '9', 'A', 'Z', '_', 'a', 'aa'];
const BEYOND_ASCII = ['b', 'é', 'ж', '漢', '\ue000', '\uffee', '😀', '\u{10ffff}'];

/** Listing records by the beginning of their keys. */
export function describeListing(contract: Contract): void {
  const { it } = contract;

  contract.describe('listing records', () => {
    it('gives whole records', async (fixture) => {
      const { store } = fixture;
      await write(fixture, ['p/a', 'p/b']);
      await store.writeRecord('p/b', { n: 2 }, 1);

      expect(await store.listRecords('p/')).toEqual([
        { key: 'p/a', version: 1, value: null },
        { key: 'p/b', version: 2, value: { n: 2 } },
      ]);
    });

    it('goes by code point, whatever the order of writing', async (fixture) => {
      const keys = [...ORDERED, ...BEYOND_ASCII].map((end) => `k${end}`);
      await write(fixture, keys.toReversed());

      expect(await fixture.keys('k')).toEqual(keys);
    });

    it('gives everything for an empty prefix', async (fixture) => {
      await write(fixture, ['z', 'a', '\u{10ffff}', '0']);

      expect(await fixture.keys('')).toEqual(['0', 'a', 'z', '\u{10ffff}']);
    });

    it('gives nothing where no key begins so', async (fixture) => {
      await write(fixture, ['aa', 'ac']);

      expect(await fixture.keys('ab')).toEqual([]);
      expect(await fixture.keys('aaa')).toEqual([]);
    });

    it('takes the key that is the prefix itself', async (fixture) => {
      await write(fixture, ['a', 'a/', 'a/1', 'b']);

      expect(await fixture.keys('a/')).toEqual(['a/', 'a/1']);
    });

    it('leaves out keys before and behind the prefix', async (fixture) => {
      await write(fixture, ['segments.x', 'segments/1', 'segments/x', 'segments0', 'segment']);

      expect(await fixture.keys('segments/')).toEqual(['segments/1', 'segments/x']);
    });

    it('takes characters of a prefix literally', async (fixture) => {
      for (const odd of [
        '%',
        '_',
        '.',
        '*',
        '.*',
        '[a]',
        '(',
        '\\',
        '\\d',
        '^',
        '$',
        '?',
        "'",
        '"',
      ]) {
        await write(fixture, [`x${odd}1`, `x${odd}2`]);

        expect(await fixture.keys(`x${odd}`)).toContain(`x${odd}1`);
        for (const key of await fixture.keys(`x${odd}`))
          expect(key.startsWith(`x${odd}`)).toBe(true);
      }
    });

    it('minds upper and lower case', async (fixture) => {
      await write(fixture, ['abc', 'ABC', 'Abc']);

      expect(await fixture.keys('A')).toEqual(['ABC', 'Abc']);
      expect(await fixture.keys('a')).toEqual(['abc']);
    });

    for (const [name, last] of [
      ['the last character of a byte', '\u007f'],
      ['the last character without surrogates', '\uffff'],
      ['the last character before the surrogates', '\ud7ff'],
      ['the last character of all', '\u{10ffff}'],
    ] as const)
      it(`finds keys behind ${name}`, async (fixture) => {
        await write(fixture, [
          `p${last}`,
          `p${last}${last}`,
          `p${last}a`,
          'q',
          `p${last}\u{10ffff}z`,
        ]);

        expect(sorted(await fixture.keys(`p${last}`))).toEqual(
          sorted([`p${last}`, `p${last}${last}`, `p${last}a`, `p${last}\u{10ffff}z`]),
        );
      });

    it('leaves out what was removed', async (fixture) => {
      await write(fixture, ['p/1', 'p/2', 'p/3']);
      await fixture.store.removeRecord('p/2', 1);

      expect(await fixture.keys('p/')).toEqual(['p/1', 'p/3']);
    });

    it('gives 3,000 records', async (fixture) => {
      const keys = range(3_000).map((n) => `p/${String(n).padStart(6, '0')}`);
      await write(fixture, keys);

      expect(await fixture.keys('p/')).toEqual(keys);
    });
  });
}

async function write({ store }: Fixture, keys: readonly string[]): Promise<void> {
  const versions = await Promise.all(keys.map((key) => store.writeRecord(key, null, undefined)));
  expect(versions).toEqual(keys.map(() => 1));
}
