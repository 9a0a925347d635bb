import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { EventStore, EventTransform, Json, NewEvent, RecordedEvent } from '@everfold/core';
import { newEventId, transformed } from '@everfold/core';
import { MemoryEventStore } from '@everfold/memory';

const [deflate, inflate] = [promisify(deflateRaw), promisify(inflateRaw)];

/** Keys that live elsewhere, one a stream; forgetting one makes its events unreadable. */
class KeyVault {
  readonly #keys = new Map<string, Buffer>();
  requests = 0;

  async keyOf(stream: string): Promise<Buffer> {
    this.requests += 1;
    await setImmediate();
    const key = this.#keys.get(stream) ?? randomBytes(32);
    this.#keys.set(stream, key);
    return key;
  }

  forget(stream: string): void {
    this.#keys.delete(stream);
  }
}

const bytesOf = (data: Json | Uint8Array): Uint8Array =>
  data instanceof Uint8Array ? data : Buffer.from(JSON.stringify(data));

function bytesIn({ data, type }: NewEvent): Uint8Array {
  if (data instanceof Uint8Array) return data;
  throw new Error(`A '${type}' was not stored as bytes.`);
}

/** AES-256-GCM: nonce, tag, ciphertext. The event's id is authenticated with it, so that bytes cannot be moved to another event. */
function encryption(vault: KeyVault): EventTransform {
  return {
    write: async (events, { stream }) => {
      const key = await vault.keyOf(stream);
      return events.map((event) => {
        const nonce = randomBytes(12);
        const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(event.id));
        const text = Buffer.concat([cipher.update(bytesOf(event.data)), cipher.final()]);
        return { ...event, data: Buffer.concat([nonce, cipher.getAuthTag(), text]) };
      });
    },
    read: (events) =>
      Promise.all(
        events.map(async (event) => {
          const bytes = bytesIn(event);
          const key = await vault.keyOf(event.stream);
          const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
            .setAAD(Buffer.from(event.id))
            .setAuthTag(bytes.subarray(12, 28));
          return {
            ...event,
            data: Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]),
          };
        }),
      ),
  };
}

const compression: EventTransform = {
  write: (events) =>
    Promise.all(
      events.map(async (event) => ({ ...event, data: await deflate(bytesOf(event.data)) })),
    ),
  read: (events) =>
    Promise.all(
      events.map(async (event) => ({
        ...event,
        data: JSON.parse((await inflate(bytesIn(event))).toString()) as Json,
      })),
    ),
};

function opened(owner: string): NewEvent {
  return {
    id: newEventId(),
    type: 'account.opened',
    version: 1,
    data: { owner, secret: 'a secret that repeats '.repeat(50) },
    metadata: { correlationId: 'c-1' },
  };
}

async function collect(events: AsyncIterable<RecordedEvent>): Promise<RecordedEvent[]> {
  const all: RecordedEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe('A store behind compression and AES-256-GCM', () => {
  const setUp = (): { vault: KeyVault; bare: EventStore; store: EventStore } => {
    const vault = new KeyVault();
    const bare = new MemoryEventStore();
    return { vault, bare, store: transformed(bare, compression, encryption(vault)) };
  };

  it('gives back what was appended, by stream, by log and by subscription', async () => {
    const { store } = setUp();
    const events = [opened('Ada'), opened('Eve')] as const;

    await store.append('account-1', events, { expected: 'no-stream' });

    const data = events.map((event) => event.data);
    expect((await collect(store.read('account-1'))).map((event) => event.data)).toEqual(data);
    expect(
      (await collect(store.readAll({ direction: 'backwards' }))).map((event) => event.data),
    ).toEqual(data.toReversed());
    for await (const batch of store.subscribe()) {
      expect(batch.events.map((event) => event.data)).toEqual(data);
      break;
    }
  });

  it('stores bytes in which nothing can be read, and fewer of them', async () => {
    const { store, bare } = setUp();
    const event = opened('Ada');
    await store.append('account-1', [event]);

    const [raw] = await collect(bare.readAll());

    const bytes = Buffer.from(bytesIn(raw ?? event));
    expect(bytes.includes('Ada')).toBe(false);
    expect(bytes.includes('secret')).toBe(false);
    expect(bytes.length).toBeLessThan(bytesOf(event.data).length / 5);
    expect(raw).toMatchObject({ id: event.id, type: event.type, metadata: event.metadata });
  });

  it('stores equal events as different bytes', async () => {
    const { store, bare } = setUp();
    const event = opened('Ada');
    await store.append('account-1', [event, { ...event, id: newEventId() }]);

    const [first, second] = await collect(bare.readAll());

    expect(first?.data).not.toEqual(second?.data);
  });

  it('fetches keys asynchronously, and the key of each stream is its own', async () => {
    const { store, vault } = setUp();
    await store.append('account-1', [opened('Ada')]);
    await store.append('account-2', [opened('Eve')]);
    expect(vault.requests).toBe(2);

    vault.forget('account-1');

    await expect(collect(store.read('account-1'))).rejects.toThrow(/authenticate/);
    await expect(collect(store.read('account-2'))).resolves.toHaveLength(1);
  });

  it('refuses bytes that were changed', async () => {
    const { store, bare } = setUp();
    await store.append('account-1', [opened('Ada')]);
    const [raw] = await collect(bare.readAll());
    const bytes = Buffer.from(bytesIn(raw ?? opened('Ada')));
    bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
    await bare.append('account-1', [{ ...opened('Ada'), data: bytes }]);

    await expect(collect(store.read('account-1', { from: 1 }))).rejects.toThrow(/authenticate/);
  });

  it('is idempotent by event id, though a repeat has other bytes', async () => {
    const { store } = setUp();
    const event = opened('Ada');
    const first = await store.append('account-1', [event], { expected: 'no-stream' });

    const again = await store.append('account-1', [event], { expected: 'no-stream' });

    expect(again).toEqual({ ...first, repeated: true });
    expect(await collect(store.read('account-1'))).toHaveLength(1);
  });

  it('appends to several streams, each under its own key', async () => {
    const { store, vault } = setUp();

    const results = await store.appendToStreams([
      { stream: 'account-1', events: [opened('Ada')] },
      { stream: 'account-2', events: [opened('Eve')] },
    ]);

    expect(results.map(({ revision }) => revision)).toEqual([0, 0]);
    expect(
      (await collect(store.readAll())).map(({ data }) => (data as { owner: string }).owner),
    ).toEqual(['Ada', 'Eve']);
    vault.forget('account-2');
    await expect(collect(store.read('account-1'))).resolves.toHaveLength(1);
    await expect(collect(store.read('account-2'))).rejects.toThrow();
  });

  it('refuses what JSON would change before a transform could drop it', async () => {
    const { store, vault } = setUp();
    const event = { ...opened('Ada'), data: { owner: 'Ada', at: new Date(0) } as unknown as Json };

    await expect(store.append('account-1', [event])).rejects.toMatchObject({
      code: 'UNSERIALIZABLE_EVENT',
      path: 'data.at',
    });

    expect(vault.requests).toBe(0);
    expect(await store.head()).toBeUndefined();
  });

  it('counts the bytes that are stored, not those that were given', async () => {
    const bare = new MemoryEventStore({ maxAppendBytes: 500 });
    const store = transformed(bare, compression, encryption(new KeyVault()));

    await expect(bare.append('account-1', [opened('Ada')])).rejects.toThrow(TypeError);
    await expect(store.append('account-1', [opened('Ada')])).resolves.toMatchObject({
      revision: 0,
    });
  });

  it('leaves everything else to the store', async () => {
    const { store, bare } = setUp();
    await store.append('account-1', [opened('Ada')]);
    expect(store.capabilities).toBe(bare.capabilities);
    expect(await store.identity()).toBe(await bare.identity());
    expect(await store.head()).toBe(await bare.head());

    await store.setRetention('account-1', { truncateBefore: 1 });
    await store.delete('account-1');
    await store.tombstone('account-2');

    await expect(collect(store.read('account-1'))).resolves.toEqual([]);
    await expect(collect(store.read('account-2'))).rejects.toMatchObject({
      code: 'STREAM_DELETED',
    });
    await store[Symbol.asyncDispose]();
    await expect(bare.head()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

describe('A transform', () => {
  const identity: EventTransform = {
    write: async (events) => events,
    read: async (events) => events,
  };

  it('is passed first when written and last when read, where it is named first', async () => {
    const order: string[] = [];
    const named = (name: string): EventTransform => ({
      write: async (events) => {
        order.push(`write ${name}`);
        return events;
      },
      read: async (events) => {
        order.push(`read ${name}`);
        return events;
      },
    });
    const store = transformed(new MemoryEventStore(), named('1'), named('2'));

    await store.append('account-1', [opened('Ada')]);
    await collect(store.readAll());

    expect(order).toEqual(['write 1', 'write 2', 'read 2', 'read 1']);
  });

  it.each<[name: string, write: EventTransform['write']]>([
    ['loses an event', async (events) => events.slice(1)],
    ['adds an event', async (events) => [...events, opened('Mallory')]],
    ['reorders events', async (events) => events.toReversed()],
    ['changes an id', async (events) => events.map((event) => ({ ...event, id: newEventId() }))],
    ['changes a type', async (events) => events.map((event) => ({ ...event, type: 'other' }))],
  ])('that %s is refused, and nothing is written', async (_, write) => {
    const store = transformed(new MemoryEventStore(), { ...identity, write });

    await expect(store.append('account-1', [opened('Ada'), opened('Eve')])).rejects.toThrow(
      "A transform's write must return the same events",
    );
    expect(await store.head()).toBeUndefined();
  });

  it('that rejects writes nothing, and its reason is what is seen', async () => {
    const store = transformed(new MemoryEventStore(), {
      ...identity,
      write: () => Promise.reject(new Error('no key')),
    });

    await expect(store.append('account-1', [opened('Ada')])).rejects.toThrow('no key');
    expect(await store.head()).toBeUndefined();
  });

  it('that rejects on the way back ends the read and the subscription with its reason', async () => {
    const store = transformed(new MemoryEventStore(), {
      ...identity,
      read: () => Promise.reject(new Error('no key')),
    });
    await store.append('account-1', [opened('Ada')]);

    await expect(collect(store.readAll())).rejects.toThrow('no key');
    await expect(store.subscribe()[Symbol.asyncIterator]().next()).rejects.toThrow('no key');
  });
});
