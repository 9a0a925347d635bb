import { encodeDocument } from './document-codec.js';
import { assertCollectionName, assertDocumentSize, assertLoadedIds } from './store-rules.js';

describe('The rules for stores', () => {
  it.each(['a', 'account-summaries@1.2', `A${'_'.repeat(199)}`])(
    'let %s be a collection',
    (name) => {
      expect(() => assertCollectionName(name)).not.toThrow();
    },
  );

  it.each(['', '1a', 'a b', 'a/b', `a${'x'.repeat(200)}`, 'ä'])('let %j be none', (name) => {
    expect(() => assertCollectionName(name)).toThrow(TypeError);
  });

  it('bound the ids of one load', () => {
    expect(() => assertLoadedIds(new Array(100_000).fill('a'))).not.toThrow();
    expect(() => assertLoadedIds(new Array(100_001).fill('a'))).toThrow(TypeError);
  });

  it.each([
    { text: 'x'.repeat(50) },
    { text: '€'.repeat(50) },
    { all: [new Date(0), new Date(1), new Date(-8.64e15)] },
    { $date: 1 },
  ])('measure the JSON of a document, to the byte: %j', (document) => {
    const bytes = Buffer.byteLength(JSON.stringify(document));
    const assertSize = (maxBytes: number) =>
      assertDocumentSize('d', document, encodeDocument(document), maxBytes);

    expect(() => assertSize(bytes)).not.toThrow();
    expect(() => assertSize(bytes - 1)).toThrow(
      expect.objectContaining({ documentId: 'd', bytes, maxBytes: bytes - 1 }),
    );
  });
});
