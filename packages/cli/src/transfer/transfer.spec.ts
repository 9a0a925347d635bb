import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Metadata, newEventId, type Position, type RecordedEvent } from '@everfold/core';
import fc from 'fast-check';
import { dataOf, eventLine, parseEventLine } from './event-line.js';
import { appendsOf, chunksOf } from './import-chunks.js';
import type { NumberedLine } from './import-plan.js';
import { lastWholeLine, linesOf } from './lines.js';
import { ShareOfLog } from './share-of-log.js';
import { StreamOrder } from './stream-order.js';

function recorded(given: Partial<RecordedEvent> = {}): RecordedEvent {
  return {
    id: newEventId(),
    stream: 'account-1',
    revision: 3,
    type: 'account.opened',
    version: 2,
    data: { owner: 'Ada' },
    metadata: { correlationId: 'c-1' },
    position: '0000000000000007' as Position,
    recordedAt: new Date('2026-01-02T03:04:05.678Z'),
    ...given,
  };
}

async function collected<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const it of source) all.push(it);
  return all;
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

describe('A line of an export', () => {
  it('gives back the event, whatever its data', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue({ noUnicodeString: false }), fc.uint8Array()), (data) => {
        const json = data instanceof Uint8Array ? data : JSON.parse(JSON.stringify(data));
        const event = recorded({ data: json });

        const line = parseEventLine(JSON.stringify(eventLine(event)));

        expect(dataOf(line)).toEqual(json);
        expect(line).toMatchObject({
          id: event.id,
          stream: 'account-1',
          revision: 3,
          version: 2,
          recordedAt: '2026-01-02T03:04:05.678Z',
          position: '0000000000000007',
        });
      }),
    );
  });

  it('keeps bytes apart from JSON that looks alike', () => {
    expect(eventLine(recorded({ data: Uint8Array.of(1, 2) }))).toMatchObject({
      dataBase64: 'AQI=',
    });
    expect(eventLine(recorded({ data: { dataBase64: 'AQI=' } }))).not.toHaveProperty('dataBase64');
  });

  it.each([
    ['{', /JSON/],
    ['[]', /JSON object/],
    [line({ id: 'X' }), /id must be a UUID/],
    [line({ stream: '' }), /stream must be a text/],
    [line({ revision: -1 }), /revision must be an integer from 0/],
    [line({ version: 0 }), /version must be an integer from 1/],
    [line({ metadata: [] }), /metadata must be an object/],
    [line({ recordedAt: 'yesterday' }), /recordedAt must be a time/],
    [line({ data: undefined }), /either data .* or dataBase64/],
    [line({ dataBase64: 'AQI=' }), /either data .* or dataBase64/],
    [line({ data: undefined, dataBase64: 'A*' }), /must be Base64/],
  ])('is refused: %s', (text, reason) => {
    expect(() => parseEventLine(text)).toThrow(reason);
  });

  function line(wrong: object): string {
    return JSON.stringify({ ...eventLine(recorded()), ...wrong });
  }
});

describe('Lines', () => {
  it('are the same however their bytes are cut', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'ä', '\u2028', '\r', '😀') });
    await fc.assert(
      fc.asyncProperty(fc.array(text), fc.integer({ min: 1, max: 7 }), async (lines, size) => {
        const bytes = Buffer.from(lines.map((it) => `${it}\n`).join(''));
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
          bytes.subarray(n * size, (n + 1) * size),
        );

        expect(await collected(linesOf(each(pieces)))).toEqual(lines);
      }),
    );
  });

  it('that are no UTF-8 are refused', async () => {
    await expect(collected(linesOf(each([Uint8Array.of(0xff, 0x0a)])))).rejects.toThrow(
      /not valid/,
    );
  });
});

describe('The last whole line of a file', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everfold-lines-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ['', undefined, 0],
    ['cut', undefined, 0],
    ['one\n', 'one', 4],
    ['one\ntwo', 'one', 4],
    ['one\n\n', '', 5],
    [`one\n${'x'.repeat(200_000)}\n`, 'x'.repeat(200_000), 200_005],
    [`one\n${'x'.repeat(200_000)}`, 'one', 4],
  ])('is found behind what was cut off (%#)', async (text, last, end) => {
    const file = join(folder, 'lines');
    await writeFile(file, text);
    const handle = await open(file);

    const found = await lastWholeLine(handle);
    await handle.close();

    expect(found).toEqual({ last, end });
  });
});

describe('Chunks of an import', () => {
  const capabilities = {
    multiStreamAppend: true,
    maxAppendBytes: 4_000_000,
    readAllAfterDelete: 'hidden',
    exactRevisionOnDeletedStream: 'conflict',
  } as const;
  const streams = fc.array(fc.constantFrom('a-1', 'b-1', 'c-1'), { maxLength: 60 });

  function linesOver(names: readonly string[]): readonly NumberedLine[] {
    const next = new Map<string, number>();
    return names.map((stream, index) => {
      const revision = next.get(stream) ?? 0;
      next.set(stream, revision + 1);
      return { number: index + 1, bytes: 100, event: eventLine(recorded({ stream, revision })) };
    });
  }

  it.each([true, false])(
    'keep the order of the log, and each stream once (several streams an append: %s)',
    async (multiStreamAppend) => {
      await fc.assert(
        fc.asyncProperty(streams, async (names) => {
          const lines = linesOver(names);

          const chunks = await collected(
            chunksOf(each(lines), { ...capabilities, multiStreamAppend }),
          );

          const appends = chunks.map(appendsOf);
          expect(appends.flat().flatMap((it) => it.events.map(({ id }) => id))).toEqual(
            lines.map(({ event }) => event.id),
          );
          for (const chunk of appends) {
            expect(new Set(chunk.map((it) => it.stream)).size).toBe(chunk.length);
            if (!multiStreamAppend) expect(chunk).toHaveLength(1);
          }
        }),
      );
    },
  );

  it('are no larger than a store takes', async () => {
    const lines = linesOver(Array.from({ length: 30 }, () => 'a-1'));

    const chunks = await collected(
      chunksOf(each(lines), { ...capabilities, maxAppendBytes: 1_000 }),
    );

    expect(chunks.map((it) => it.length)).toEqual(Array.from({ length: 15 }, () => 2));
  });

  it('append at the exact revision, with the first time kept', () => {
    const [first] = linesOver(['a-1']);
    if (first === undefined) throw new Error('No line.');
    const metadata = { correlationId: 'c', originalRecordedAt: '2020-01-01T00:00:00.000Z' };
    const moved = {
      ...first,
      event: { ...first.event, metadata: metadata as Metadata, revision: 4 },
    };

    expect(appendsOf([first])).toMatchObject([
      {
        expected: 'no-stream',
        events: [{ metadata: { originalRecordedAt: '2026-01-02T03:04:05.678Z' } }],
      },
    ]);
    expect(appendsOf([moved])).toMatchObject([
      { expected: 3, events: [{ metadata: { originalRecordedAt: '2020-01-01T00:00:00.000Z' } }] },
    ]);
  });
});

describe('The order of streams', () => {
  it('tells holes, repeats and beginnings', () => {
    const order = new StreamOrder();
    const at = (stream: string, revision: number) =>
      order.next(eventLine(recorded({ stream, revision })));

    expect([at('a', 0), at('b', 4), at('a', 1), at('b', 5)]).toEqual([
      undefined,
      'begins',
      undefined,
      undefined,
    ]);
    expect([at('a', 3), at('a', 3), at('b', 2), at('a', 4)]).toEqual([
      'incomplete',
      'repeated',
      'repeated',
      undefined,
    ]);
  });
});

describe('The share of a log', () => {
  const position = (text: string) => text as Position;

  it('guesses a total from decimal positions', () => {
    const share = new ShareOfLog('exporting', position('0100'), position('0300'));

    expect(share.step(50, position('0200'))).toEqual({
      phase: 'exporting',
      done: 50,
      total: 100,
      isEstimate: true,
    });
    expect(share.step(90, position('0300'))).toEqual({ phase: 'exporting', done: 90, total: 90 });
  });

  it('guesses nothing from others, or beyond the end', () => {
    const odd = new ShareOfLog('exporting', undefined, position('0f'));
    const short = new ShareOfLog('exporting', undefined, position('10'));

    expect(odd.step(5, position('0a'))).toEqual({ phase: 'exporting', done: 5 });
    expect(short.step(5, position('11'))).toEqual({ phase: 'exporting', done: 5 });
  });
});
