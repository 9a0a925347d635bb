import type { Metadata } from '../../event/metadata.js';
import { nonEmpty, range } from '../outcomes.js';
import { expect } from '../runner.js';
import { HOSTILE_KEYS, TEXTS, VALUES } from '../values.js';
import type { Contract } from './contract.js';
import { collect, event, events } from './events.js';

/** Metadata come back as they were given: what they define, and what others add. */
export function describeMetadata(contract: Contract): void {
  const { it } = contract;

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

    it('keeps index 0 of a command', async ({ store, stream }) => {
      const metadata = { commandId: 'c-1', commandIndex: 0, correlationId: 'c' };
      await store.append(stream, [event({ metadata })]);

      const [stored] = await collect(store.read(stream));

      expect(stored?.metadata).toStrictEqual(metadata);
    });

    for (const [name, value] of VALUES)
      it(`keeps ${name} as a field, alone and within`, async ({ store, stream }) => {
        const metadata = { extra: value, correlationId: 'c', nested: { list: [value], value } };
        await store.append(stream, [event({ metadata })]);

        const [stored] = await collect(store.read(stream));

        expect(stored?.metadata).toStrictEqual(metadata);
      });

    for (const [name, text] of TEXTS)
      it(`keeps ${name} in every text that it defines`, async (fixture) => {
        const { store, stream } = fixture;
        const metadata: Metadata = {
          commandId: text,
          correlationId: text,
          causationId: text,
          actor: text,
          tenant: text,
          commandHash: text,
          traceparent: text,
        };
        await store.append(stream, [event({ metadata })]);

        const [stored] = await collect(store.read(stream));

        expect(stored?.metadata).toStrictEqual(metadata);
      });

    it('keeps the order of fields, at every depth', async ({ store, stream }) => {
      const metadata = {
        z: 1,
        tenant: 't',
        correlationId: 'c',
        a: { y: [{ c: 1, b: 2 }], x: 3 },
        actor: 'a',
        M: 3,
        m: 4,
      };
      await store.append(stream, [event({ metadata })]);

      const [stored] = await collect(store.read(stream));

      expect(JSON.stringify(stored?.metadata)).toBe(JSON.stringify(metadata));
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
      await store.append(stream, [event({ data: Uint8Array.of(1, 2, 3, 4), metadata })]);

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
