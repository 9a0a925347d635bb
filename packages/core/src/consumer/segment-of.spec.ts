import fc from 'fast-check';
import { segmentOf } from './segment-of.js';

/** The same, written down from the definitions: in big integers, over the bytes. */
function serialSegmentOf(id: string, segments: number): number {
  const all = 0xffff_ffffn;
  let hash = 0x811c9dc5n;
  for (const byte of new TextEncoder().encode(id))
    hash = ((hash ^ BigInt(byte)) * 0x01000193n) & all;
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & all;
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & all;
  return Number((hash ^ (hash >> 16n)) % BigInt(segments));
}

function spreadOf(ids: readonly string[], segments: number): readonly number[] {
  const counts = Array.from({ length: segments }, () => 0);
  for (const id of ids) {
    const segment = segmentOf(id, segments);
    counts[segment] = (counts[segment] ?? 0) + 1;
  }
  return counts;
}

describe('segmentOf', () => {
  it.each([
    ['1', 7, 15],
    ['foobar', 4, 28],
    ['größe', 4, 60],
  ])('puts %j where it was put by earlier releases', (id, ofEight, ofSixtyFour) => {
    expect([segmentOf(id, 8), segmentOf(id, 64)]).toEqual([ofEight, ofSixtyFour]);
  });

  it('is FNV-1a over UTF-8 with a final mix, for any id and any number of segments', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.uuid()),
        fc.integer({ min: 1, max: 64 }),
        (id, segments) => segmentOf(id, segments) === serialSegmentOf(id, segments),
      ),
    );
  });

  it.each([
    ['counted ids', (n: number) => String(n)],
    ['padded ids', (n: number) => `customer-${String(n).padStart(10, '0')}`],
    ['days', (n: number) => new Date(n * 86_400_000).toISOString().slice(0, 10)],
    ['ids that differ in the middle', (n: number) => `a-${n}-z`],
    ['ids beyond ASCII', (n: number) => `straße ${n}`],
  ])('spreads %s evenly over any number of segments', (_, idOf) => {
    const ids = Array.from({ length: 64_000 }, (_, n) => idOf(n));

    for (const segments of [2, 3, 8, 10, 64]) {
      const mean = ids.length / segments;
      const off = spreadOf(ids, segments).map((count) => Math.abs(count - mean));

      // Six standard deviations of a binomial distribution.
      expect(Math.max(...off)).toBeLessThan(6 * Math.sqrt(mean));
    }
  });
});
