import type { Json } from '../../event/json.js';
import type { EventStore, RecordedEvent } from '../../event-store/event-store.js';
import { nonEmpty, range, wrong } from '../outcomes.js';
import { expect } from '../runner.js';
import { HOSTILE_KEYS, VALUES } from '../values.js';
import type { Contract } from './contract.js';
import { collect, event } from './events.js';

/** Data come back as they were given. */
export function describeContent(contract: Contract): void {
  const { it } = contract;

  contract.describe('data', () => {
    for (const [name, data] of VALUES)
      it(`keeps ${name}, alone and within`, async ({ store, stream }) => {
        const within = { first: data, list: [data, [data]], deep: { last: data } };
        await store.append(stream, [event({ data }), event({ data: within })]);

        const found = await collect(store.read(stream));

        expect(found.map((it) => it.data)).toStrictEqual([data, within]);
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

    it('keeps the order of properties, at every depth', async ({ store, stream }) => {
      const data = { z: 1, a: { y: [{ c: 1, b: 2 }], x: 3 }, M: 3, m: 4 };

      const stored = await storedAs(store, stream, data);

      expect(JSON.stringify(stored.data)).toBe(JSON.stringify(data));
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
