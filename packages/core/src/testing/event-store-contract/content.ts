import type { Json } from '../../event/json.js';
import type { Metadata } from '../../event/metadata.js';
import type { EventStore, RecordedEvent } from '../../event-store/event-store.js';
import type { Contract } from './contract.js';
import { collect, event, events, nonEmpty, range, wrong } from './events.js';
import { expect } from './runner.js';

const VALUES: Readonly<Record<string, Json>> = {
  null: null,
  'a boolean': false,
  'an empty string': '',
  'an empty object': {},
  'an empty array': [],
  'an array': [1, 'two', null, [true]],
  'deep nesting': range(200).reduce<Json>((inner) => ({ inner: [inner] }), 'core'),
};
const HOSTILE_KEYS = JSON.parse(
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1,"":2,"a.b":3,"$where":4,"0":5}',
);

/** Data and metadata come back as they were given. */
export function describeContent(contract: Contract): void {
  const { it } = contract;

  contract.describe('data', () => {
    for (const [name, data] of Object.entries(VALUES))
      it(`keeps ${name}`, async ({ store, stream }) => {
        const stored = await storedAs(store, stream, data);

        expect(stored.data).toStrictEqual(data);
      });

    it('keeps numbers to the last digit', async ({ store, stream }) => {
      const data = [
        Number.MAX_SAFE_INTEGER,
        Number.MIN_SAFE_INTEGER,
        Number.MAX_VALUE,
        Number.MIN_VALUE,
        0.1 + 0.2,
        1e21,
        -1.5,
        0,
      ];

      const stored = await storedAs(store, stream, data);

      expect(stored.data).toStrictEqual(data);
    });

    it('keeps the type of each field', async ({ store, stream }) => {
      const data = { digits: '12', number: 12, truth: 'true', flag: true, date: '2030-01-01' };

      const stored = await storedAs(store, stream, data);

      expect(stored.data).toStrictEqual(data);
    });

    it('keeps text of any script, control characters and astral ones', async ({
      store,
      stream,
    }) => {
      const data = {
        text: 'žluťoučký 漢字 עברית 😀👩‍👩‍👧 \u0000\u0007\u2028\u2029\ufeff\\"/\n',
        '😀': 'é e\u0301',
      };

      const stored = await storedAs(store, stream, data);

      expect(stored.data).toStrictEqual(data);
    });

    it('keeps the order of properties', async ({ store, stream }) => {
      const stored = await storedAs(store, stream, { z: 1, a: 2, m: 3 });

      expect(Object.keys(stored.data as object)).toEqual(['z', 'a', 'm']);
    });

    it('keeps keys that name the parts of a prototype as plain properties', async ({
      store,
      stream,
    }) => {
      const stored = await storedAs(store, stream, HOSTILE_KEYS);

      const { data } = stored;
      expect(JSON.stringify(data)).toBe(JSON.stringify(HOSTILE_KEYS));
      expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
      expect(Object.hasOwn(data as object, '__proto__')).toBe(true);
      expect(wrong<{ polluted?: unknown }>({}).polluted).toBeUndefined();
    });

    it('keeps the same value where it is referred to twice', async ({ store, stream }) => {
      const shared = { amount: 1 };

      const stored = await storedAs(store, stream, { a: shared, b: shared });

      expect(stored.data).toStrictEqual({ a: { amount: 1 }, b: { amount: 1 } });
    });

    it('keeps each event of a batch with its own data', async ({ store, stream }) => {
      await store.append(
        stream,
        nonEmpty(range(50).map((n) => event({ data: { n, text: 'x'.repeat(n * 7) } }))),
      );

      const found = await collect(store.read(stream));

      expect(found.map(({ data }) => data)).toEqual(
        range(50).map((n) => ({ n, text: 'x'.repeat(n * 7) })),
      );
    });

    it('shows the same event to every kind of reader', async (fixture) => {
      const { store, stream, log, follow } = fixture;
      await store.append(stream, [
        event({ data: { n: [1, { deep: null }] } }),
        event({ data: bytes(9) }),
      ]);

      const read = await collect(store.read(stream));

      expect(await log()).toStrictEqual(read);
      expect(
        (await collect(store.read(stream, { direction: 'backwards' }))).reverse(),
      ).toStrictEqual(read);
      expect(await follow().untilEvents(2)).toStrictEqual(read);
    });
  });

  contract.describe('bytes', () => {
    it('keeps bytes as they are', async ({ store, stream }) => {
      const stored = await storedAs(store, stream, bytes(256));

      expect(stored.data).toBeInstanceOf(Uint8Array);
      expect(stored.data).toStrictEqual(bytes(256));
    });

    it('keeps no bytes at all as bytes', async ({ store, stream }) => {
      const stored = await storedAs(store, stream, new Uint8Array(0));

      expect(stored.data).toStrictEqual(new Uint8Array(0));
    });

    it('keeps bytes that look like JSON as bytes', async ({ store, stream }) => {
      const given = new TextEncoder().encode('{"n":1}');

      const stored = await storedAs(store, stream, given);

      expect(stored.data).toStrictEqual(given);
    });

    it('keeps text that looks like base64 as text', async ({ store, stream }) => {
      const stored = await storedAs(store, stream, 'AAEC');

      expect(stored.data).toBe('AAEC');
    });

    it('keeps just the part of a buffer that a view shows', async ({ store, stream }) => {
      const stored = await storedAs(store, stream, bytes(100).subarray(10, 20));

      expect(stored.data).toStrictEqual(bytes(100).slice(10, 20));
    });

    it('gives a Buffer back as plain bytes', async ({ store, stream }) => {
      const stored = await storedAs(store, stream, Buffer.from([1, 2, 3]));

      expect(stored.data).toStrictEqual(Uint8Array.of(1, 2, 3));
    });

    it('keeps bytes and JSON beside each other in one append', async ({ store, stream }) => {
      await store.append(stream, [
        event({ data: bytes(3) }),
        event({ data: { n: 1 } }),
        event({ data: bytes(5) }),
      ]);

      const found = await collect(store.read(stream));

      expect(found.map(({ data }) => data)).toStrictEqual([bytes(3), { n: 1 }, bytes(5)]);
    });
  });

  contract.describe('metadata', () => {
    it('keeps every field that it defines', async ({ store, stream }) => {
      const metadata: Metadata = {
        commandId: 'c-1',
        commandIndex: 3,
        commandHash: 'ab'.repeat(32),
        correlationId: 'correlation-2',
        causationId: 'cause',
        actor: 'Ada',
        tenant: 'äöü',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      };
      await store.append(stream, [event({ metadata })]);

      const [stored] = await collect(store.read(stream));

      expect(stored?.metadata).toStrictEqual(metadata);
    });

    it('keeps further fields whole', async ({ store, stream }) => {
      const metadata = {
        correlationId: 'c',
        $kind: 'x',
        nested: { list: [1, { deep: null }], text: '😀' },
        isJson: 'yes',
        long: 'm'.repeat(10_000),
      };
      await store.append(stream, [event({ metadata })]);

      const [stored] = await collect(store.read(stream));

      expect(stored?.metadata).toStrictEqual(metadata);
    });

    it('keeps the metadata of each event of an append', async ({ store, stream }) => {
      const given = range(4).map((n) => event({ metadata: { correlationId: `c-${n}` } }));
      await store.append(stream, nonEmpty(given));

      const found = await collect(store.read(stream));

      expect(found.map(({ metadata }) => metadata)).toEqual(given.map(({ metadata }) => metadata));
    });

    it('keeps metadata beside bytes', async ({ store, stream }) => {
      const metadata = { correlationId: 'c', extra: [1] };
      await store.append(stream, [event({ data: bytes(4), metadata })]);

      const [stored] = await collect(store.read(stream));

      expect(stored?.metadata).toStrictEqual(metadata);
    });

    it('leaves out optional fields that are undefined', async ({ store, stream }) => {
      await store.append(stream, [
        event({ metadata: { correlationId: 'c', actor: undefined, tenant: undefined } }),
      ]);

      const [stored] = await collect(store.read(stream));

      expect(stored?.metadata).toStrictEqual({ correlationId: 'c' });
    });

    it('keeps keys that name the parts of a prototype as plain properties', async ({
      store,
      stream,
    }) => {
      const metadata = { ...HOSTILE_KEYS, correlationId: 'c' };
      Object.defineProperty(metadata, '__proto__', { value: { polluted: 1 }, enumerable: true });
      await store.append(stream, [event({ metadata })]);

      const [stored] = await collect(store.read(stream));

      expect(Object.getPrototypeOf(stored?.metadata)).toBe(Object.prototype);
      expect(Object.hasOwn(stored?.metadata ?? {}, '__proto__')).toBe(true);
    });

    it('passes over what others attached without making it enumerable', async ({
      store,
      stream,
    }) => {
      const [given] = events(1);
      Object.defineProperty(given.metadata, 'context', { value: () => {} });

      await store.append(stream, [given]);

      expect((await collect(store.read(stream)))[0]?.metadata).toStrictEqual({
        correlationId: 'correlation-1',
      });
    });
  });
}

async function storedAs(
  store: EventStore,
  stream: string,
  data: Json | Uint8Array,
): Promise<RecordedEvent> {
  await store.append(stream, [event({ data })]);
  const [stored] = await collect(store.read(stream));
  if (stored === undefined) throw new Error('The event that was appended cannot be read.');
  return stored;
}

function bytes(count: number): Uint8Array {
  return Uint8Array.from(range(count), (n) => n % 256);
}
