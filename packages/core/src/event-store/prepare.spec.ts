import fc from 'fast-check';
import { newEventId } from '../event/ids.js';
import type { Json } from '../event/json.js';
import type { NewEvent } from './event-store.js';
import type { UncheckedAppend } from './prepare.js';
import { assertRetention, prepareAppends } from './prepare.js';

const MANY = 1_000_000;

function event(own: Partial<Record<keyof NewEvent, unknown>> = {}): NewEvent {
  return {
    id: newEventId(),
    type: 'account.opened',
    version: 1,
    data: { owner: 'Ada' },
    metadata: { correlationId: 'c-1' },
    ...own,
  } as NewEvent;
}

const prepare = (...events: readonly NewEvent[]) =>
  prepareAppends([{ stream: 'account-1', events }], MANY);
const only = (prepared: ReturnType<typeof prepareAppends>) => prepared[0]?.events[0];

describe('Preparing appends', () => {
  it('encodes data and metadata, and keeps everything else', () => {
    const given = event();

    const prepared = prepareAppends([{ stream: 'account-1', events: [given], expected: 4 }], MANY);

    expect(prepared).toEqual([
      {
        stream: 'account-1',
        expected: 4,
        events: [
          {
            id: given.id,
            type: 'account.opened',
            version: 1,
            json: '[{"correlationId":"c-1"},{"owner":"Ada"}]',
            bytes: undefined,
          },
        ],
      },
    ]);
  });

  it('expects any revision when nothing is said', () => {
    expect(prepare(event())[0]?.expected).toBe('any');
  });

  it('keeps bytes as they are, in a copy', () => {
    const bytes = Buffer.from([0, 255, 128]);

    const prepared = only(prepare(event({ data: bytes })));
    bytes.fill(7);

    expect(prepared?.bytes).toEqual(Uint8Array.of(0, 255, 128));
    expect(prepared?.json).toBe('[{"correlationId":"c-1"}]');
  });

  it.each<[Json]>([[null], [7], ['text'], [[1, 2]], [true], [{}]])(
    'takes any JSON for data: %j',
    (data) => {
      expect(only(prepare(event({ data })))?.json).toBe(
        JSON.stringify([{ correlationId: 'c-1' }, data]),
      );
    },
  );

  it('leaves out the fields of metadata that are undefined, and keeps those it does not know', () => {
    const metadata = { correlationId: 'c-1', actor: undefined, own: { deep: [1] } };

    expect(only(prepare(event({ data: 7, metadata })))?.json).toBe(
      '[{"correlationId":"c-1","own":{"deep":[1]}},7]',
    );
  });

  it('passes over what others attach to metadata', () => {
    const metadata = Object.defineProperty({ correlationId: 'c-1' }, 'context', { value: () => 1 });

    expect(only(prepare(event({ data: 7, metadata })))?.json).toBe('[{"correlationId":"c-1"},7]');
  });

  it.each([
    ['data.at', { data: { at: new Date(0) } }],
    ['data.lines[1].price', { data: { lines: [{ price: 1 }, { price: Number.NaN }] } }],
    ['data', { data: undefined }],
    ['metadata.actor', { metadata: { correlationId: 'c-1', actor: 1n } }],
    ['metadata.own.deep', { metadata: { correlationId: 'c-1', own: { deep: undefined } } }],
  ])('names the path %s of what JSON would change', (path, own) => {
    expect(() => prepare(event(), event(own))).toThrow(
      expect.objectContaining({ code: 'UNSERIALIZABLE_EVENT', type: 'account.opened', path }),
    );
  });

  it.each<[name: string, appends: unknown]>([
    ['no appends', []],
    ['no list of appends', undefined],
    ['no events', [{ stream: 'a-1', events: [] }]],
    ['no list of events', [{ stream: 'a-1', events: undefined }]],
    ['one event where a list is wanted', [{ stream: 'a-1', events: event() }]],
    ['a bad stream name', [{ stream: '$a', events: [event()] }]],
    ['a bad expected revision', [{ stream: 'a-1', events: [event()], expected: -1 }]],
    ['an empty type', [{ stream: 'a-1', events: [event({ type: '' })] }]],
    ['a type of the store', [{ stream: 'a-1', events: [event({ type: '$metadata' })] }]],
    ['a type that is no string', [{ stream: 'a-1', events: [event({ type: 7 })] }]],
    ['an id that is no UUID', [{ stream: 'a-1', events: [event({ id: 'e-1' })] }]],
    [
      'an id in upper case',
      [{ stream: 'a-1', events: [event({ id: newEventId().toUpperCase() })] }],
    ],
    ['version 0', [{ stream: 'a-1', events: [event({ version: 0 })] }]],
    ['a version that is no integer', [{ stream: 'a-1', events: [event({ version: 1.5 })] }]],
    ['no metadata', [{ stream: 'a-1', events: [event({ metadata: undefined })] }]],
    ['null for metadata', [{ stream: 'a-1', events: [event({ metadata: null })] }]],
    [
      'metadata of another type',
      [{ stream: 'a-1', events: [event({ metadata: { correlationId: 1 } })] }],
    ],
    ['a list for metadata', [{ stream: 'a-1', events: [event({ metadata: [] })] }]],
    [
      'a stream twice',
      [
        { stream: 'a-1', events: [event()] },
        { stream: 'a-1', events: [event()] },
      ],
    ],
  ])('refuses %s as misuse', (_, appends) => {
    expect(() => prepareAppends(appends as readonly UncheckedAppend[], MANY)).toThrow(TypeError);
  });

  it('refuses an id twice, in one stream and across streams', () => {
    const twice = event();
    const message = `Event id '${twice.id}' stands twice in one append.`;

    expect(() => prepare(twice, twice)).toThrow(message);
    expect(() =>
      prepareAppends(
        [
          { stream: 'a-1', events: [twice] },
          { stream: 'a-2', events: [twice] },
        ],
        MANY,
      ),
    ).toThrow(message);
  });

  it("takes the framework's own types, which are raised in streams of users", () => {
    expect(() => prepare(event({ type: 'everfold.command-settled' }))).not.toThrow();
  });

  it('allows exactly as many bytes as the store takes, over all events and streams', () => {
    const contents = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('a', 'é', '日', '🏦', '"') }),
      fc.uint8Array().map((bytes) => Uint8Array.from(bytes)),
    );
    fc.assert(
      fc.property(
        fc.array(fc.array(contents, { minLength: 1, maxLength: 3 }), {
          minLength: 1,
          maxLength: 3,
        }),
        (all) => {
          const appends = all.map((list, index) => ({
            stream: `account-${index}`,
            events: list.map((data) =>
              event({ data, metadata: { correlationId: String(index), note: 'é' } }),
            ),
          }));
          const bytes = appends
            .flatMap(({ events }) => events)
            .flatMap(({ data, metadata }) => [
              data instanceof Uint8Array ? data.length : Buffer.from(JSON.stringify(data)).length,
              Buffer.from(JSON.stringify(metadata)).length,
            ])
            .reduce((sum, size) => sum + size, 0);

          expect(() => prepareAppends(appends, bytes)).not.toThrow();
          expect(() => prepareAppends(appends, bytes - 1)).toThrow(
            `One append may hold at most ${bytes - 1} bytes of data and metadata.`,
          );
        },
      ),
    );
  });
});

describe('A retention', () => {
  it.each([[{}], [{ maxAgeMs: 0, maxCount: 1, truncateBefore: 0 }], [{ maxAgeMs: undefined }]])(
    'may be %j',
    (retention) => {
      expect(() => assertRetention(retention)).not.toThrow();
    },
  );

  it.each([
    [{ maxCount: 0 }, 'maxCount must be an integer from 1, not 0.'],
    [{ maxCount: 1.5 }, 'maxCount must be an integer from 1, not 1.5.'],
    [{ maxAgeMs: -1 }, 'maxAgeMs must be an integer from 0, not -1.'],
    [{ truncateBefore: Number.NaN }, 'truncateBefore must be an integer from 0, not NaN.'],
    [
      { truncateBefore: '3' as unknown as number },
      'truncateBefore must be an integer from 0, not 3.',
    ],
  ])('is refused when it is %j', (retention, message) => {
    expect(() => assertRetention(retention)).toThrow(new TypeError(message));
  });
});
