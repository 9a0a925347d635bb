import { failureOf } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import type { Fixture } from './fixture.js';
import { inserted, replaced } from './writes.js';

const TOO_LARGE = { code: 'DOCUMENT_TOO_LARGE' };
/** Where a store takes larger ones, it is not asked to. */
const MOST = 64 * 1_048_576;

/** A document whose JSON has so many bytes, a date in it. */
function ofBytes(bytes: number, filling = 'x'): object {
  const document = { at: new Date('2030-01-01T00:00:00.000Z'), text: '' };
  const left = bytes - Buffer.byteLength(JSON.stringify(document));
  const size = Buffer.byteLength(filling);
  return { ...document, text: filling.repeat(left / size) + 'x'.repeat(left % size) };
}

/** The largest documents, and those that are too large. */
export function describeSizes(contract: Contract): void {
  const it: Contract['it'] = (sentence, behaviour) =>
    contract.it(sentence, async (fixture) => {
      if (fixture.store.maxDocumentBytes <= MOST) await behaviour(fixture);
    });

  contract.describe('the largest document', () => {
    it('is stored', async (fixture) => {
      const document = ofBytes(fixture.store.maxDocumentBytes);
      const segment = await fixture.begin();

      await segment.saved([inserted('a', document)]);

      expect((await fixture.load('a'))?.document).toStrictEqual(document);
    });

    it('is counted in bytes, not in characters', async (fixture) => {
      const { maxDocumentBytes } = fixture.store;
      const segment = await fixture.begin();

      const failure = await failureOf(
        segment.save([inserted('a', ofBytes(maxDocumentBytes + 1, '漢'))]),
      );
      await segment.saved([inserted('b', ofBytes(maxDocumentBytes, '漢'))]);

      expect(failure).toMatchObject(TOO_LARGE);
      expect(await fixture.ids()).toEqual(['b']);
    });
  });

  contract.describe('a document that is too large', () => {
    it('is refused by name, with its size and the limit', async (fixture) => {
      const maxBytes = fixture.store.maxDocumentBytes;
      const segment = await fixture.begin();

      const failure = await failureOf(segment.save([inserted('large', ofBytes(maxBytes + 1))]));

      expect(failure).toMatchObject({
        ...TOO_LARGE,
        documentId: 'large',
        bytes: maxBytes + 1,
        maxBytes,
      });
    });

    it('holds back everything of the save', async (fixture) => {
      const { store } = fixture;
      const segment = await fixture.begin([['n']]);
      await store.writeRecord('p/old', 1, undefined);

      const failure = await failureOf(
        segment.save([inserted('a', { n: 1 }), tooLarge(fixture), inserted('z', { n: 1 })], {
          put: [{ key: 'p/new', value: 1 }],
          remove: ['p/old'],
        }),
      );

      expect(failure).toMatchObject(TOO_LARGE);
      expect(await fixture.find()).toEqual([]);
      expect(await fixture.ids({ where: [{ field: 'n', eq: 1 }] })).toEqual([]);
      expect(await fixture.load('a')).toBeUndefined();
      expect(await fixture.keys('p/')).toEqual(['p/old']);
      expect(await store.readRecord(segment.key)).toMatchObject({ version: 1 });
    });

    it('holds back all parts of the save', async (fixture) => {
      const { store, collection } = fixture;
      const first = await fixture.begin();
      const [second, third] = [
        await fixture.segment('s/2', collection),
        await fixture.segment('s/3', collection),
      ];

      const failure = await failureOf(
        store.save([
          first.part([inserted('a', {})]),
          second.part([tooLarge(fixture)]),
          third.part([inserted('b', {})]),
        ]),
      );

      expect(failure).toMatchObject(TOO_LARGE);
      expect(await fixture.find()).toEqual([]);
      for (const { key } of [first, second, third])
        expect(await store.readRecord(key)).toMatchObject({ version: 1 });
    });

    it('leaves what stood in its place', async (fixture) => {
      const segment = await fixture.begin([['n']]);
      await segment.saved([inserted('large', { n: 1 })]);
      const before = await fixture.load('large');
      const { document = {} } = tooLarge(fixture);

      const failure = await failureOf(
        segment.save([replaced('large', { ...document, n: 2 }, { from: 1, to: 2 })]),
      );

      expect(failure).toMatchObject(TOO_LARGE);
      expect(await fixture.find({ where: [{ field: 'n', gte: 1 }] })).toEqual([before]);
    });

    it('does not keep the segment from going on', async (fixture) => {
      const segment = await fixture.begin();
      await failureOf(segment.save([tooLarge(fixture)]));

      const outcome = await segment.save([inserted('large', {})]);

      expect(outcome).toEqual({ kind: 'saved', version: 2 });
    });
  });
}

function tooLarge({ store }: Fixture) {
  return inserted('large', ofBytes(store.maxDocumentBytes + 1));
}
