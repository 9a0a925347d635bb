import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../event/json.js';
import type { ReadModelStore } from '../../projection/read-model-store.js';
import { background, failureOf, range, sorted } from '../outcomes.js';
import { expect } from '../runner.js';
import { VALUES } from '../values.js';
import { untilWon } from './attempts.js';
import type { Contract } from './contract.js';

const KEYS: readonly (readonly [name: string, key: string])[] = [
  ['slashes', 'a//b/../c/'],
  ['text of any script', 'žluťoučký 漢字 😀'],
  ['what means something to databases', '$where.a[0]{%_*?}'],
  ['control characters', 'a\u0000b\u0001\n'],
  ['the name of the prototype', '__proto__'],
  ['1,000 bytes', `${'k'.repeat(997)}漢`],
];

/** The framework's records: one at a time, by compare-and-set. */
export function describeRecords(contract: Contract): void {
  const { it } = contract;

  contract.describe('records', () => {
    it('has none at first', async ({ store }) => {
      expect(await store.readRecord('a')).toBeUndefined();
      expect(await store.listRecords('')).toEqual([]);
    });

    it('begins at version 1', async ({ store }) => {
      const version = await store.writeRecord('a', { n: 1 }, undefined);

      expect(version).toBe(1);
      expect(await store.readRecord('a')).toEqual({ key: 'a', version: 1, value: { n: 1 } });
    });

    it('counts one version up with each write', async ({ store }) => {
      await store.writeRecord('a', 'first', undefined);

      const versions = [
        await store.writeRecord('a', 'second', 1),
        await store.writeRecord('a', 'second', 2),
      ];

      expect(versions).toEqual([2, 3]);
      expect(await store.readRecord('a')).toEqual({ key: 'a', version: 3, value: 'second' });
    });

    it('does not begin a record that is there', async ({ store }) => {
      await store.writeRecord('a', 'first', undefined);

      const version = await store.writeRecord('a', 'second', undefined);

      expect(version).toBeUndefined();
      expect(await store.readRecord('a')).toEqual({ key: 'a', version: 1, value: 'first' });
    });

    it('does not write at a version that is past, or still to come', async ({ store }) => {
      await store.writeRecord('a', 1, undefined);
      await store.writeRecord('a', 2, 1);

      const versions = [
        await store.writeRecord('a', 9, 1),
        await store.writeRecord('a', 9, 3),
        await store.writeRecord('a', 9, 0),
      ];

      expect(versions).toEqual([undefined, undefined, undefined]);
      expect(await store.readRecord('a')).toEqual({ key: 'a', version: 2, value: 2 });
    });

    it('does not write at a version of a record that is not there', async ({ store }) => {
      const versions = [await store.writeRecord('a', 1, 1), await store.writeRecord('a', 1, 0)];

      expect(versions).toEqual([undefined, undefined]);
      expect(await store.readRecord('a')).toBeUndefined();
    });

    it('removes a record at its version', async ({ store }) => {
      await store.writeRecord('a', 1, undefined);
      await store.writeRecord('b', 1, undefined);

      const isRemoved = await store.removeRecord('a', 1);

      expect(isRemoved).toBe(true);
      expect(await store.readRecord('a')).toBeUndefined();
      expect(await store.readRecord('b')).toBeDefined();
    });

    it('does not remove a record that has gone on', async ({ store }) => {
      await store.writeRecord('a', 1, undefined);
      await store.writeRecord('a', 2, 1);

      const isRemoved = await store.removeRecord('a', 1);

      expect(isRemoved).toBe(false);
      expect(await store.readRecord('a')).toMatchObject({ version: 2, value: 2 });
    });

    it('says that it removed nothing where nothing is, or not any more', async ({ store }) => {
      await store.writeRecord('a', 1, undefined);
      await store.removeRecord('a', 1);

      const answers = [await store.removeRecord('a', 1), await store.removeRecord('b', 1)];

      expect(answers).toEqual([false, false]);
    });

    it('begins a removed record anew', async ({ store }) => {
      await store.writeRecord('a', 'old', undefined);
      await store.removeRecord('a', 1);

      const version = await store.writeRecord('a', 'new', undefined);

      expect(version).toBeGreaterThan(0);
      expect(await store.readRecord('a')).toEqual({ key: 'a', version, value: 'new' });
      expect(await store.listRecords('a')).toHaveLength(1);
    });

    it('gives back every value that JSON has', async ({ store }) => {
      for (const [n, [, value]] of VALUES.entries())
        await store.writeRecord(`values/${n}`, value, undefined);

      for (const [n, [, value]] of VALUES.entries())
        expect((await store.readRecord(`values/${n}`))?.value).toStrictEqual(value);
    });

    it('does not take a key of a value for its prototype', async ({ store }) => {
      const value = JSON.parse('{"__proto__":{"polluted":true},"a":1}') as Json;
      await store.writeRecord('a', value, undefined);

      const read = (await store.readRecord('a'))?.value;

      expect(JSON.parse(JSON.stringify(read)).a).toBe(1);
      expect(sorted(Object.keys(read as object))).toEqual(['__proto__', 'a']);
      expect(Reflect.get({}, 'polluted')).toBeUndefined();
    });

    for (const [name, key] of KEYS)
      it(`keeps a record under a key of ${name}`, async ({ store }) => {
        await store.writeRecord(key, 1, undefined);
        await store.writeRecord(key, 2, 1);

        const record = { key, version: 2, value: 2 };
        expect(await store.readRecord(key)).toEqual(record);
        expect(await store.listRecords(key)).toEqual([record]);
        expect(await store.readRecord(key.slice(0, -1))).toBeUndefined();
        expect(await store.removeRecord(key, 2)).toBe(true);
      });

    it('keeps keys apart that differ in case, form or space only', async ({ store }) => {
      const keys = ['a', 'A', 'a ', ' a', 'é', 'e\u0301', 'a\u0000', 'ß', 'ss'];
      for (const [n, key] of keys.entries()) await store.writeRecord(key, n, undefined);

      const values = await Promise.all(
        keys.map(async (key) => (await store.readRecord(key))?.value),
      );

      expect(values).toEqual(range(keys.length));
    });

    it('does not take a record for a document, nor a document for a record', async (fixture) => {
      const { store, collection } = fixture;
      const segment = await fixture.begin();
      await segment.saved([]);
      await store.writeRecord(collection, 1, undefined);

      expect(await fixture.load(collection)).toBeUndefined();
      expect(await fixture.load(segment.key)).toBeUndefined();
      expect(await fixture.find()).toEqual([]);
    });
  });

  describeRecordRaces(contract);
}

function describeRecordRaces({ describe, it }: Contract): void {
  describe('racing writers of a record', () => {
    for (const before of [0, 1, 3])
      it(`lets one of 64 win at ${before === 0 ? 'no record' : `version ${before}`}`, async (fixture) => {
        const stores = await fixture.both();
        const [store] = stores;
        for (const n of range(before)) await store.writeRecord('a', 'old', n || undefined);

        const versions = await Promise.all(
          range(64).map((n) => stores[n % 2 ? 1 : 0].writeRecord('a', n, before || undefined)),
        );

        const winners = range(64).filter((n) => versions[n] !== undefined);
        expect(winners).toHaveLength(1);
        expect(await store.readRecord('a')).toEqual({
          key: 'a',
          version: before + 1,
          value: winners[0],
        });
      });

    it('counts every write of many who come again until they win', async (fixture) => {
      const stores = await fixture.both();
      await fixture.store.writeRecord('a', 0, undefined);
      const addOne = async (store: ReadModelStore): Promise<boolean> => {
        const record = await store.readRecord('a');
        const next = Number(record?.value) + 1;
        return (await store.writeRecord('a', next, record?.version)) !== undefined;
      };
      const writing = range(32).map((n) => untilWon(() => addOne(stores[n % 2 ? 1 : 0])));

      await fixture.patience.for('32 writers', Promise.all(writing));

      expect(await fixture.store.readRecord('a')).toEqual({ key: 'a', version: 33, value: 32 });
    });

    it('lets one of 64 remove a record', async (fixture) => {
      const stores = await fixture.both();
      await fixture.store.writeRecord('a', 0, undefined);

      const answers = await Promise.all(
        range(64).map((n) => stores[n % 2 ? 1 : 0].removeRecord('a', 1)),
      );

      expect(answers.filter((isRemoved) => isRemoved)).toHaveLength(1);
      expect(await fixture.store.readRecord('a')).toBeUndefined();
    });

    it('lets either a writer or a remover win, and never both', async ({ store }) => {
      for (const n of range(10)) {
        const key = `a${n}`;
        await store.writeRecord(key, 'old', undefined);

        const write = () => store.writeRecord(key, 'new', 1).then((it) => it !== undefined);
        const remove = () => store.removeRecord(key, 1);
        const calls = n % 2 === 0 ? [write(), remove()] : [remove(), write()];
        const won = await Promise.all(calls);

        expect(won.filter((it) => it)).toHaveLength(1);
        const isThere = (await store.readRecord(key)) !== undefined;
        expect(isThere).toBe(won[n % 2 === 0 ? 0 : 1]);
      }
    });

    it('writes records of different keys beside each other', async (fixture) => {
      const stores = await fixture.both();

      const versions = await Promise.all(
        range(64).map((n) => stores[n % 2 ? 1 : 0].writeRecord(`k${n}`, n, undefined)),
      );

      expect(versions).toEqual(range(64).map(() => 1));
      expect(await fixture.keys('k')).toHaveLength(64);
    });

    it('shows readers a record whole, at versions that only rise', async ({ store, patience }) => {
      await store.writeRecord('a', { n: 1, same: 1 }, undefined);
      let busy = true;
      const writing = background(
        (async () => {
          for (const n of range(50)) await store.writeRecord('a', { n: n + 2, same: n + 2 }, n + 1);
        })().finally(() => {
          busy = false;
        }),
      );

      const seen: number[] = [];
      await patience.until('the writer to end', async () => {
        const record = await store.readRecord('a');
        const version = record?.version ?? 0;
        const isWhole = isDeepStrictEqual(record?.value, { n: version, same: version });
        seen.push(isWhole ? version : Number.NaN);
        return !busy;
      });

      expect(await failureOf(writing)).toBeUndefined();
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      expect(seen.at(-1)).toBeGreaterThan(0);
    });
  });
}
