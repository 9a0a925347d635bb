import type { NewEvent, RecordedEvent } from '../../event-store/event-store.js';
import { wrong } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event } from './events.js';

type Open<T> = { -readonly [K in keyof T]: T[K] };
type Box = { value: number; list: number[] };

/** What a caller does to its objects reaches neither the store nor other callers. */
export function describeIsolation(contract: Contract): void {
  const { it } = contract;

  contract.describe('objects handed in', () => {
    it('may be changed once an append was called', async ({ store, stream }) => {
      const data = { value: 1, list: [1] };
      const metadata = { correlationId: 'before', extra: { list: [1] } };
      const append = store.append(stream, [event({ data, metadata })]);

      data.value = 2;
      data.list.push(2);
      metadata.correlationId = 'after';
      metadata.extra.list.push(2);
      await append;

      const [stored] = await collect(store.read(stream));
      expect(stored?.data).toEqual({ value: 1, list: [1] });
      expect(stored?.metadata).toEqual({ correlationId: 'before', extra: { list: [1] } });
    });

    it('may be changed once an append has resolved', async ({ store, stream }) => {
      const data = { value: 1, list: [1] };
      await store.append(stream, [event({ data })]);

      data.list.push(2);

      expect((await collect(store.read(stream)))[0]?.data).toEqual({ value: 1, list: [1] });
    });

    it('may be changed as lists too', async ({ store, stream }) => {
      const list: [NewEvent, ...NewEvent[]] = [event(), event()];
      const first = list[0].id;
      const append = store.append(stream, list);

      list.pop();
      list[0] = event();
      await append;

      const found = await collect(store.read(stream));
      expect(found).toHaveLength(2);
      expect(found[0]?.id).toBe(first);
    });

    it('may be bytes that are used again for something else', async ({ store, stream }) => {
      const data = Uint8Array.of(1, 2, 3);
      const append = store.append(stream, [event({ data })]);

      data.fill(9);
      await append;

      expect((await collect(store.read(stream)))[0]?.data).toStrictEqual(Uint8Array.of(1, 2, 3));
    });

    it('are not changed, and may be frozen', async ({ store, stream }) => {
      const given = Object.freeze(
        event({ data: Object.freeze({ n: 1 }), metadata: Object.freeze({ correlationId: 'c' }) }),
      );
      const copy = structuredClone(given);

      await store.append(stream, Object.freeze([given] as const));

      expect(given).toStrictEqual(copy);
      expect(Object.isFrozen(given)).toBe(true);
    });

    it('are left open to be extended', async ({ store, stream }) => {
      const given = event();

      await store.append(stream, [given]);

      expect([given, given.data, given.metadata].some((it) => Object.isFrozen(it))).toBe(false);
    });
  });

  contract.describe('objects handed out', () => {
    it('may be changed without changing what the next reader gets', async ({ store, stream }) => {
      await store.append(stream, [event({ data: { value: 1, list: [1] } })]);
      const [first] = await collect(store.read(stream));

      spoil(first);

      const [second] = await collect(store.read(stream));
      expect(second).toMatchObject({ revision: 0, data: { value: 1, list: [1] } });
      expect(second?.metadata).toEqual({ correlationId: 'correlation-1' });
      expect(second?.recordedAt.getTime()).toBeGreaterThan(0);
    });

    it('are not shared between a read of the stream and one of the log', async ({
      store,
      stream,
      log,
    }) => {
      await store.append(stream, [event({ data: { value: 1, list: [1] } })]);
      const [ofLog] = await log();

      spoil(ofLog);

      expect((await collect(store.read(stream)))[0]?.data).toEqual({ value: 1, list: [1] });
      expect((await log())[0]?.data).toEqual({ value: 1, list: [1] });
    });

    it('are not shared between subscriptions', async ({ store, stream, follow }) => {
      const [one, two] = [follow(), follow()];
      await one.caughtUp();
      await two.caughtUp();
      await store.append(stream, [event({ data: { value: 1, list: [1] } })]);
      const [first] = await one.untilEvents(1);

      spoil(first);

      const [second] = await two.untilEvents(1);
      expect(second?.data).toEqual({ value: 1, list: [1] });
    });

    it('may be bytes that are written over', async ({ store, stream }) => {
      await store.append(stream, [event({ data: Uint8Array.of(1, 2) })]);
      const [first] = await collect(store.read(stream));

      wrong<Uint8Array>(first?.data).fill(0);

      expect((await collect(store.read(stream)))[0]?.data).toStrictEqual(Uint8Array.of(1, 2));
    });

    it('can be extended in place', async ({ store, stream, follow }) => {
      await store.append(stream, [event()]);
      const [read] = await collect(store.read(stream));
      const [followed] = await follow().untilEvents(1);

      for (const found of [read, followed]) {
        Object.defineProperty(found?.metadata, 'context', { value: 1 });
        Object.defineProperty(found, 'context', { value: 1 });
        expect(Reflect.get(found?.metadata ?? {}, 'context')).toBe(1);
      }
    });
  });
}

function spoil(found: RecordedEvent | undefined): void {
  const open = wrong<Open<RecordedEvent>>(found);
  const data = wrong<Box>(open.data);
  data.value = 2;
  data.list.push(2);
  wrong<Open<RecordedEvent['metadata']>>(open.metadata).correlationId = 'spoiled';
  open.recordedAt.setTime(0);
  open.revision = 99;
}
