import { placeOf, Window } from '../stream/window.js';
import { joined, type Piece, pieceOf } from './bytes.js';
import { hashed } from './hash.js';
import { Page, type RunEntry } from './page.js';
import { type DraftEntry, PageDraft } from './page-draft.js';
import { decodePlaces, MANY_PLACES, unsealPlaces } from './places.js';
import type { Run } from './run.js';
import { RunDraft } from './run-draft.js';
import { entriesOfWindow, mergedEntries, type RunCursor, type SourceEntry } from './sources.js';

const RUN: Run = { level: 0, number: 3 };

/** Where some events of a stream lie. */
interface Span {
  readonly first: number;
  readonly places: readonly number[];
}

function windowOf(spans: Readonly<Record<string, Span>>): Window {
  const window = new Window();
  for (const [stream, { first, places }] of Object.entries(spans))
    for (const [index, place] of places.entries()) window.add(stream, first + index, place);
  return window;
}

/** So many places from a record on, each in a block of its own. */
function span(first: number, record: number, count: number): Span {
  return { first, places: Array.from({ length: count }, (_, at) => placeOf(record + at, 0)) };
}

function sourcesOf(spans: Readonly<Record<string, Span>>): readonly SourceEntry[] {
  return [...entriesOfWindow(windowOf(spans))].flatMap((entry) => entry ?? []);
}

/** An entry as it is read. */
function runEntry(entry: DraftEntry): RunEntry {
  const { places } = entry;
  return { ...entry, places: places === undefined ? undefined : pieceOf(joined(places)) };
}

function nameOf({ name }: { readonly name: Piece }): string {
  return joined([name]).toString();
}

class ListCursor implements RunCursor {
  readonly #entries: RunEntry[];
  constructor(sources: readonly SourceEntry[]) {
    this.#entries = sources.map(({ entry }) => runEntry(entry));
  }
  get entry(): RunEntry | undefined {
    return this.#entries[0];
  }
  next(): void {
    this.#entries.shift();
  }
}

function merged(...runs: readonly Readonly<Record<string, Span>>[]): readonly SourceEntry[] {
  return [...mergedEntries(runs.map((spans) => new ListCursor(sourcesOf(spans))))];
}

function said(sources: readonly SourceEntry[]) {
  return Object.fromEntries(
    sources.map(({ entry: { name, first, count, places }, many }) => [
      joined([name]).toString(),
      {
        first,
        places: places === undefined ? count : decodePlaces(pieceOf(joined(places)), 0, count),
        many: many.map(({ key, value }) => [
          key.readUIntBE(key.length - 6, 6),
          unsealPlaces(value, '').length / 8,
        ]),
      },
    ]),
  );
}

describe('What a run says about streams', () => {
  it('comes in the order of their hashes, whatever the order of the events', () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `stream-${index}`);
    const spans = Object.fromEntries(names.map((name, at) => [name, span(0, at + 1, 1)]));

    const sources = sourcesOf(spans);
    const backwards = sourcesOf(Object.fromEntries(Object.entries(spans).reverse()));

    const hashes = sources.map(({ entry }) => entry.hash);
    expect(hashes).toEqual(hashes.toSorted((left, right) => left - right));
    expect(new Set(sources.map(({ entry }) => nameOf(entry))).size).toBe(5_000);
    expect(said(backwards)).toEqual(said(sources));
  });

  it('is spread evenly for names that count up', () => {
    const hashes = Array.from({ length: 16_000 }, (_, index) => hashed(`account-${index}`).hash);
    const parts = new Array<number>(16).fill(0);
    for (const hash of hashes) parts[hash >>> 28] = (parts[hash >>> 28] ?? 0) + 1;

    for (const part of parts) expect(Math.abs(part - 1_000)).toBeLessThan(200);
  });

  it('keeps streams of the same hash apart, and together in a page', () => {
    const { hash } = hashed('twin-a');
    // Together they are larger than a page.
    const names = ['a', 'b', 'c', 'd', 'e'].map((name) => Buffer.from(name.repeat(1_000)));
    const [first, ...others] = names.map((name) => ({
      hash,
      name: pieceOf(name),
      first: 0,
      count: 1,
      places: [pieceOf(Buffer.alloc(8))],
    }));
    if (first === undefined) throw new Error('There is a first name.');
    const draft = new PageDraft(first);
    for (const twin of others) expect(draft.add(twin)).toBe(true);
    expect(draft.add({ ...first, hash: hash + 1 })).toBe(false);
    const page = new Page(draft.encode({ run: RUN, page: 2 }), { run: RUN, page: 2 });

    for (const name of names) expect(page.find({ hash, name })).toMatchObject({ count: 1 });
    expect(page.find({ hash, name: Buffer.from('a') })).toBeUndefined();
    const cursors = [first, ...others].map((entry) => new ListCursor([{ entry, many: [] }]));
    expect([...mergedEntries(cursors)].map(({ entry }) => nameOf(entry)[0])).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
    ]);
  });

  it('has few places in place, and many in entries of their own', () => {
    expect(
      said(
        sourcesOf({
          few: span(5, 100, MANY_PLACES - 1),
          enough: span(0, 10_000, MANY_PLACES),
          many: span(9, 1_000, 600),
        }),
      ),
    ).toEqual({
      enough: { first: 0, places: MANY_PLACES, many: [[0, MANY_PLACES]] },
      few: { first: 5, places: span(5, 100, MANY_PLACES - 1).places, many: [] },
      many: {
        first: 9,
        places: 600,
        many: [
          [9, 256],
          [265, 256],
          [521, 88],
        ],
      },
    });
  });

  it('is put together from what its parts say, in the order of the log', () => {
    const first = { both: span(0, 1, 2), early: span(0, 10, 1) };
    const second = { both: span(2, 100, 1), late: span(4, 110, 2) };

    expect(said(merged(first, second))).toEqual({
      both: { first: 0, places: [...first.both.places, ...second.both.places], many: [] },
      early: { first: 0, places: first.early.places, many: [] },
      late: { first: 4, places: second.late.places, many: [] },
    });
  });

  it('gives places entries of their own when they become many, and never those again that have some', () => {
    const parts = [
      span(0, 1, 100),
      span(100, 1_000, 20),
      span(120, 2_000, 300),
      span(420, 3_000, 5),
      span(425, 4_000, 5),
    ];

    const [all] = Object.values(said(merged(...parts.map((part) => ({ account: part })))));

    expect(all).toEqual({
      first: 0,
      places: 430,
      many: [
        [0, 120],
        [420, 10],
      ],
    });
  });

  it('is refused when its parts do not follow each other', () => {
    expect(() => merged({ account: span(0, 1, 2) }, { account: span(3, 100, 1) })).toThrow(
      expect.objectContaining({ code: 'STORE_CORRUPTED' }),
    );
  });
});

describe('The pages of a run', () => {
  it('hold every entry once, in order, and find it', () => {
    const names = Array.from({ length: 3_000 }, (_, index) => `stream-${index}`);
    const sources = sourcesOf(
      Object.fromEntries(names.map((name, at) => [name, span(at, 10 * at + 1, 1 + (at % 7))])),
    );
    const draft = new RunDraft(RUN);
    const written = sources.flatMap(({ entry }) => draft.add(entry) ?? []);
    const [last] = draft.end();
    const pages = [...written, ...(last === undefined ? [] : [last])].map(
      ({ value }, page) => new Page(value, { run: RUN, page }),
    );

    expect(pages.length).toBeGreaterThan(20);
    expect(written.every(({ value }) => value.length <= 4_096 - 32)).toBe(true);
    const found = pages
      .flatMap((page) => page.entries())
      .map((entry) => ({ entry: { ...entry, places: entry.places && [entry.places] }, many: [] }));
    expect(said(found)).toEqual(said(sources));
    expect(found.map(({ entry }) => nameOf(entry))).toEqual(
      sources.map(({ entry }) => nameOf(entry)),
    );
    for (const name of names)
      expect(pages.filter((page) => page.find(hashed(name)) !== undefined)).toHaveLength(1);
  });

  it.each([
    ['missing', undefined, { run: RUN, page: 0 }],
    ['changed', 20, { run: RUN, page: 0 }],
    ['another page of the run', undefined, { run: RUN, page: 1 }],
    [
      'that of a run that stood there before',
      undefined,
      { run: { level: 0, number: 19 }, page: 0 },
    ],
    ['that of a run of another level', undefined, { run: { level: 1, number: 3 }, page: 0 }],
  ])('are refused when one is %s', (what, flipped, name) => {
    const [source] = sourcesOf({ account: span(0, 1, 1) });
    const bytes = new PageDraft((source as SourceEntry).entry).encode({ run: RUN, page: 0 });
    if (flipped !== undefined) bytes[flipped] = (bytes[flipped] ?? 0) ^ 1;

    expect(() => new Page(what === 'missing' ? undefined : bytes, name)).toThrow(
      expect.objectContaining({ code: 'STORE_CORRUPTED' }),
    );
  });
});
