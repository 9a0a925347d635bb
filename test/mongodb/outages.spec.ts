import { setTimeout as delay } from 'node:timers/promises';
import { StoreUnavailableError } from '@everfold/core';
import { MongoReadModelStore } from '@everfold/mongodb';
import { describeWithMongo } from '../../tools/servers/mongodb.mjs';
import { until } from '../embedded/patience.js';
import { Random } from '../embedded/random.js';
import { serialLedgers } from '../read-models/runner-ledger.js';
import { FaultyWorld, proxyTo, urlThrough } from './faults.js';
import type { TcpProxy } from './tcp-proxy.js';

const LATE_MS = 2_000;
const TIMEOUT_MS = 120_000;

await describeWithMongo('A MongoDB that cannot be reached', (mongo) => {
  let proxy: TcpProxy;

  beforeEach(async () => {
    proxy = await proxyTo(mongo);
  });

  afterEach(() => proxy[Symbol.asyncDispose]());

  it(
    'is waited for when nobody listens there yet',
    async () => {
      proxy.refuse();
      const begun = performance.now();
      const url = urlThrough(proxy, mongo);
      const opening = MongoReadModelStore.open({ url, database: mongo.database() });
      await delay(LATE_MS);

      await proxy.accept();
      await using store = await opening;

      expect(await store.writeRecord('late', 1, undefined)).toBe(1);
      expect(performance.now() - begun).toBeGreaterThanOrEqual(LATE_MS - 10);
    },
    TIMEOUT_MS,
  );

  it(
    'is waited for when somebody listens who does not answer yet',
    async () => {
      proxy.hang();
      const url = urlThrough(proxy, mongo);
      const opening = MongoReadModelStore.open({ url, database: mongo.database() });
      await delay(LATE_MS);

      proxy.letGo();
      await using store = await opening;

      expect(await store.writeRecord('late', 1, undefined)).toBe(1);
    },
    TIMEOUT_MS,
  );

  it(
    'is asked anew by a client of its own when it has left a question without an answer',
    async () => {
      const url = urlThrough(proxy, mongo);
      const database = mongo.database();
      await using store = await MongoReadModelStore.open({ url, database, answerTimeoutMs: 300 });
      await store.writeRecord('before', 1, undefined);

      proxy.hang();
      const begun = performance.now();
      await expect(store.readRecord('before')).rejects.toThrow(StoreUnavailableError);
      const took = performance.now() - begun;
      proxy.letGo();

      expect(took).toBeLessThan(LATE_MS);
      await until('it answers again', async () => {
        const found = await store.readRecord('before').catch(() => undefined);
        return found?.version === 1;
      });
    },
    TIMEOUT_MS,
  );

  it(
    'is not waited for longer than was said',
    async () => {
      proxy.refuse();
      const url = urlThrough(proxy, mongo);
      const options = { url, database: mongo.database(), connectTimeoutMs: 100 };

      await expect(MongoReadModelStore.open(options)).rejects.toThrow(StoreUnavailableError);
    },
    TIMEOUT_MS,
  );

  it(
    'stops nobody: consumers go on when it is back',
    async () => {
      await using world = new FaultyWorld(mongo, Random.fromEnvironment());
      for (let count = 0; count < 2; count += 1) await world.run();
      world.startWriters(2);
      await world.recovers();

      for (const consumer of world.consumers) {
        consumer.proxy.refuse();
        consumer.proxy.cut();
      }
      await until('consumers that notice', () =>
        world.consumers.every(({ process }) => process.said('retrying').length > 0),
      );
      await delay(LATE_MS);
      for (const consumer of world.consumers) await consumer.proxy.accept();
      await world.recovers();
      await world.stopWriters();
      await world.caughtUp();
      const { documents } = await world.stored();
      const expected = await serialLedgers(world.events);

      const actual = documents.map(({ id, document }) => [id, document]);
      expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(expected));
      expect(world.stops()).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
