import type { StoredRecord } from '../../projection/read-model-store.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import type { Fixture } from './fixture.js';
import { at, inserted } from './writes.js';

interface Thing {
  n: number;
  at: Date;
  list: { n: number }[];
}

const thing = (): Thing => ({ n: 1, at: new Date(1_000), list: [{ n: 1 }] });

function spoil(document: unknown): void {
  const it = document as Thing;
  it.n = 9;
  it.at.setTime(9_000);
  it.list.push({ n: 9 });
  const [first] = it.list;
  if (first !== undefined) first.n = 9;
}

/** What was handed in and what is handed out are nobody else's. */
export function describeIsolation(contract: Contract): void {
  const { it } = contract;

  contract.describe('what is handed in and out', () => {
    it('keeps a document as it was when it was saved', async (fixture) => {
      const segment = await fixture.begin([['n'], ['at']]);
      const document = thing();
      await segment.saved([inserted('a', document)]);

      spoil(document);

      await isUnspoilt(fixture);
    });

    it('keeps a document as it was when save was called', async (fixture) => {
      const segment = await fixture.begin([['n'], ['at']]);
      const document = thing();
      const saving = segment.saved([inserted('a', document)]);

      spoil(document);
      await saving;

      await isUnspoilt(fixture);
    });

    it('keeps a part as it was when save was called', async (fixture) => {
      const segment = await fixture.begin([['n'], ['at']]);
      const documents = [inserted('a', thing())];
      const put = [{ key: 'p', value: { n: 1 } }];
      const saving = segment.saved(documents, { put });

      documents.push(inserted('b', thing()));
      put.length = 0;
      await saving;

      await isUnspoilt(fixture);
      expect(await fixture.store.readRecord('p')).toMatchObject({ value: { n: 1 } });
    });

    it('hands out a document that its reader may change', async (fixture) => {
      const segment = await fixture.begin([['n'], ['at']]);
      await segment.saved([inserted('a', thing())]);

      spoil((await fixture.load('a'))?.document);

      await isUnspoilt(fixture);
    });

    it('hands out found documents that their reader may change', async (fixture) => {
      const segment = await fixture.begin([['n'], ['at']]);
      await segment.saved([inserted('a', thing())]);

      for (const { document } of await fixture.find({ where: [{ field: 'n', eq: 1 }] }))
        spoil(document);

      await isUnspoilt(fixture);
    });

    it('hands out a result that its reader may change', async (fixture) => {
      const segment = await fixture.begin([['n'], ['at']]);
      await segment.saved([inserted('a', thing())]);
      const { store, collection } = fixture;

      ((await store.loadDocuments(collection, ['a'])) as Map<string, unknown>).delete('a');
      ((await fixture.find()) as unknown[]).pop();
      Object.assign((await fixture.load('a')) ?? {}, { position: at(9), document: undefined });

      await isUnspoilt(fixture);
    });

    it('hands out each time another document', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved([inserted('a', thing())]);

      const [one, two] = [await fixture.load('a'), await fixture.load('a')];

      expect(one).toEqual(two);
      expect(one?.document === two?.document).toBe(false);
    });

    it('does not tie documents to each other that were one object', async (fixture) => {
      const segment = await fixture.begin([['n'], ['at']]);
      const document = thing();
      await segment.saved([inserted('a', document), inserted('b', document)]);

      spoil((await fixture.load('b'))?.document);

      await isUnspoilt(fixture);
    });

    it('keeps the value of a record as it was when it was written', async ({ store }) => {
      const [value, saved] = [{ list: [1] }, { list: [1] }];
      await store.writeRecord('a', value, undefined);
      const version = store.writeRecord('a', saved, 1);

      value.list.push(2);
      saved.list.push(2);
      await version;

      expect(await store.readRecord('a')).toEqual({ key: 'a', version: 2, value: { list: [1] } });
    });

    it('keeps the records of a save as they were', async (fixture) => {
      const [put, value] = [{ list: [1] }, { epoch: 1, list: [1] }];
      const segment = await fixture.segment('s');
      await fixture.store.save([segment.part([], { put: [{ key: 'p', value: put }] }, value)]);

      put.list.push(2);
      value.list.push(2);

      expect((await fixture.store.readRecord('p'))?.value).toEqual({ list: [1] });
      expect((await fixture.store.readRecord('s'))?.value).toEqual({ epoch: 1, list: [1] });
    });

    it('hands out records that their reader may change', async ({ store }) => {
      await store.writeRecord('a', { list: [1] }, undefined);

      for (const record of [await store.readRecord('a'), ...(await store.listRecords('a'))])
        listOf(record).push(2);

      expect((await store.readRecord('a'))?.value).toEqual({ list: [1] });
      expect((await store.listRecords('a'))[0]?.value).toEqual({ list: [1] });
    });

    it('takes frozen documents and values', async (fixture) => {
      const segment = await fixture.begin([['n']]);

      await segment.saved([Object.freeze(inserted('a', Object.freeze(thing())))], {
        put: Object.freeze([Object.freeze({ key: 'p', value: Object.freeze({ n: 1 }) })]),
      });

      expect((await fixture.load('a'))?.document).toStrictEqual(thing());
    });
  });
}

async function isUnspoilt(fixture: Fixture): Promise<void> {
  const stored = { id: 'a', document: thing(), position: at(1) };
  expect(await fixture.load('a')).toEqual(stored);
  const first = { limit: 1 };
  expect(await fixture.find({ where: [{ field: 'n', eq: 1 }], ...first })).toEqual([stored]);
  expect(await fixture.find({ where: [{ field: 'at', eq: new Date(1_000) }], ...first })).toEqual([
    stored,
  ]);
  expect(await fixture.find({ where: [{ field: 'n', eq: 9 }] })).toEqual([]);
}

function listOf(record: StoredRecord | undefined): number[] {
  return Reflect.get(Object(record?.value), 'list') as number[];
}
