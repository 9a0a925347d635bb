import fc from 'fast-check';
import type { Position } from '../event-store/position.js';
import { DocumentCache } from './document-cache.js';

const P1 = '000001' as Position;
const P2 = '000002' as Position;

/** The segment is the first letter's. */
const cacheOf = (max: number) => new DocumentCache(max, (id) => id.charCodeAt(0) % 4);

function touched(cache: DocumentCache, id: string, turn: number) {
  const entry = cache.entry(id);
  entry.turn = turn;
  return entry;
}

describe('A cache of documents', () => {
  it('knows nothing of a document before the store was asked', () => {
    const entry = cacheOf(9).entry('a1');

    expect(entry).toMatchObject({ id: 'a1', segment: 1, isLoaded: false, document: undefined });
  });

  it('gives the same entry until it is forgotten', () => {
    const cache = cacheOf(9);
    const entry = cache.entry('a1');
    const again = cache.entry('a1');

    cache.forget('a1');

    expect(again).toBe(entry);
    expect(cache.entry('a1')).not.toBe(entry);
  });

  it('notes where the store has a document, parked or not', () => {
    const cache = cacheOf(9);
    const entry = cache.entry('a1');

    cache.fill(entry, { id: 'a1', document: { n: 1 }, position: P2, parkedSince: P1 });

    expect(entry).toMatchObject({
      isLoaded: true,
      document: { n: 1 },
      position: P2,
      loadedAt: P2,
      parkedSince: P1,
    });
  });

  it('notes that the store has none', () => {
    const cache = cacheOf(9);
    const entry = cache.entry('a1');

    cache.fill(entry, undefined);

    expect(entry).toMatchObject({ isLoaded: true, document: undefined, loadedAt: undefined });
  });

  it('forgets all documents of a segment, and no others', () => {
    const cache = cacheOf(9);
    const [a, e, b] = ['a1', 'e1', 'b1'].map((id) => cache.entry(id));

    cache.forgetSegment(1);

    expect(cache.entry('a1')).not.toBe(a);
    expect(cache.entry('e1')).not.toBe(e);
    expect(cache.entry('b1')).toBe(b);
  });

  it('lets go of the oldest first, and of no more than it must', () => {
    const cache = cacheOf(2);
    const entries = ['a1', 'b1', 'c1'].map((id) => touched(cache, id, 1));

    cache.shrink(2);

    expect(cache.entry('b1')).toBe(entries[1]);
    expect(cache.entry('c1')).toBe(entries[2]);
    expect(cache.entry('a1')).not.toBe(entries[0]);
  });

  it('never lets go of what this turn asked for, or of what is not written yet', () => {
    const ids = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 30 });
    const property = fc.property(
      ids,
      fc.nat(10),
      fc.infiniteStream(fc.nat(3)),
      (all, max, kinds) => {
        const cache = cacheOf(max);
        const kept = all.map((id) => {
          const kind = kinds.next().value;
          const entry = touched(cache, id, kind === 0 ? 7 : 6);
          if (kind === 1) entry.changedBy = {};
          return { entry, isNeeded: kind <= 1 };
        });

        cache.shrink(7);

        for (const { entry, isNeeded } of kept)
          if (isNeeded) expect(cache.entry(entry.id)).toBe(entry);
      },
    );

    fc.assert(property);
  });
});
