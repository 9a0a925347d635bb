import type { Position } from '../../event-store/position.js';
import { range, sorted } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import type { Fixture } from './fixture.js';
import { at, idOf, inserted, numbered, removed, replaced } from './writes.js';

const IDS: readonly (readonly [name: string, id: string])[] = [
  ['one letter', 'a'],
  ['a UUID', '0193e6a0-1111-7abc-8def-000000000001'],
  ['slashes and dots', '../a//b/./c.d'],
  ['text of any script', 'žluťoučký 漢字 😀👩‍👩‍👧 \u{10ffff}'],
  ['the name of the prototype', '__proto__'],
  ['the name of the constructor', 'constructor'],
  ['what means something to databases', '$where.a[0]{%_*?}'],
  ['control characters', 'a\u0000b\u0001\t\n'],
  ['space at both ends', '  a  '],
  ['nothing but a space', ' '],
  ['digits', '0012'],
  ['what looks like an object id', '507f1f77bcf86cd799439011'],
  ['noncharacters', '\ufffe\uffff\ufeff'],
  ['1,000 bytes', 'x'.repeat(1_000)],
  ['1,000 bytes of other scripts', `${'漢'.repeat(333)}y`],
];

/** Loading documents by id, with their headers. */
export function describeLoading(contract: Contract): void {
  const { it, itWhere } = contract;

  contract.describe('loading', () => {
    it('leaves out what is not there', async (fixture) => {
      const { store, collection } = fixture;
      const segment = await fixture.begin();
      await segment.saved([inserted('a', { n: 1 })]);

      const loaded = await store.loadDocuments(collection, ['b', 'a', 'c']);

      expect([...loaded.keys()]).toEqual(['a']);
      expect(loaded.has('b')).toBe(false);
    });

    it('gives nothing for no ids', async ({ store, collection, begin }) => {
      const segment = await begin();
      await segment.saved([inserted('a', {})]);

      expect((await store.loadDocuments(collection, [])).size).toBe(0);
    });

    it('gives the header: id and position', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved([inserted('a', { n: 1 }, at(5))]);

      expect(await fixture.load('a')).toEqual({ id: 'a', document: { n: 1 }, position: at(5) });
    });

    it('gives the position of the last write', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved([inserted('a', { n: 1 }, at(5))]);

      await segment.saved([replaced('a', { n: 2 }, { from: 5, to: 9 })]);

      expect(await fixture.load('a')).toEqual({ id: 'a', document: { n: 2 }, position: at(9) });
    });

    it('keeps positions of any width', async (fixture) => {
      const segment = await fixture.begin();
      const position = `${'0'.repeat(30)}/${'7'.repeat(30)}` as Position;

      await segment.saved([inserted('a', {}, position)]);

      expect((await fixture.load('a'))?.position).toBe(position);
    });

    it('gives an id that is asked for twice once', async ({ store, collection, begin }) => {
      const segment = await begin();
      await segment.saved([inserted('a', {}), inserted('b', {})]);

      const loaded = await store.loadDocuments(collection, ['a', 'b', 'a']);

      expect(sorted([...loaded.keys()])).toEqual(['a', 'b']);
    });

    it('gives 5,000 of 10,000 ids', async (fixture) => {
      const { store, collection } = fixture;
      const segment = await fixture.begin();
      await segment.saved(numbered(5_000, (n) => ({ n })));

      const loaded = await store.loadDocuments(collection, range(10_000).map(idOf));

      expect(loaded.size).toBe(5_000);
      expect(range(5_000).every((n) => hasNumber(loaded.get(idOf(n))?.document, n))).toBe(true);
    });

    for (const [name, id] of IDS)
      it(`finds a document under an id of ${name}`, async (fixture) => {
        await isKept(fixture, id);
      });

    it('keeps ids apart that differ in case, form or space only', async (fixture) => {
      const ids = ['a', 'A', 'a ', ' a', 'é', 'e\u0301', 'a\u0000', 'ß', 'ss', 'ﬁ', 'fi'];
      const { store, collection } = fixture;
      const segment = await fixture.begin();
      await segment.saved(ids.map((id, n) => inserted(id, { n })));

      const loaded = await store.loadDocuments(collection, ids);

      expect(ids.map((id) => loaded.get(id)?.document)).toEqual(ids.map((_, n) => ({ n })));
    });

    it('keeps ids apart that share their first 990 bytes', async (fixture) => {
      const ids = range(20).map((n) => `${'p'.repeat(990)}${n}`);
      const segment = await fixture.begin();
      await segment.saved(ids.map((id, n) => inserted(id, { n })));

      const loaded = await fixture.store.loadDocuments(fixture.collection, ids);

      expect(ids.map((id) => loaded.get(id)?.document)).toEqual(ids.map((_, n) => ({ n })));
    });

    itWhere('atomic', 'finds neither document nor marker once it was removed', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved([inserted('a', {})]);

      await segment.saved([removed('a', { from: 1, to: 2 })]);

      expect(await fixture.load('a')).toBeUndefined();
    });

    itWhere('guarded', 'finds the marker of what was removed', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved([inserted('a', {})]);

      await segment.saved([removed('a', { from: 1, to: 2 })]);

      const marker = await fixture.load('a');
      expect(marker).toMatchObject({ id: 'a', position: at(2) });
      expect(marker?.document).toBeUndefined();
      expect(marker?.parkedSince).toBeUndefined();
    });
  });
}

function hasNumber(document: object | undefined, n: number): boolean {
  return document !== undefined && Reflect.get(document, 'n') === n;
}

async function isKept(fixture: Fixture, id: string): Promise<void> {
  const segment = await fixture.begin([['n']]);
  await segment.saved([inserted(id, { n: 1 }), inserted('other', { n: 3 })]);

  await segment.saved([replaced(id, { n: 2 }, { from: 1, to: 2 })]);

  const stored = { id, document: { n: 2 }, position: at(2) };
  expect(await fixture.load(id)).toEqual(stored);
  expect(await fixture.find({ where: [{ field: 'n', lte: 2 }] })).toEqual([stored]);
  await segment.saved([removed(id, { from: 2, to: 3 })]);
  expect((await fixture.load(id))?.document).toBeUndefined();
  expect(await fixture.ids()).toEqual(['other']);
}
