import { setTimeout as delay } from 'node:timers/promises';
import { describeWithMongo } from '../../tools/servers/mongodb.mjs';
import { print } from '../embedded/patience.js';
import { Random } from '../embedded/random.js';
import { serialLedgers } from '../read-models/runner-ledger.js';
import { FaultyWorld } from './faults.js';
import type { TcpProxy } from './tcp-proxy.js';

const ROUNDS = 50;
const TIMEOUT_MS = 240_000;

/** What can happen to connections. Those that last go on until they are ended. */
const FAULTS: Readonly<Record<string, (proxy: TcpProxy, random: Random) => void | Promise<void>>> =
  {
    cut: (proxy) => proxy.cut(),
    'cut a question': (proxy) => proxy.cutAtNext('toServer'),
    'cut an answer': (proxy) => proxy.cutAtNext('toClient'),
    'half-close to the server': (proxy) => proxy.halfClose('toServer'),
    'half-close to the client': (proxy) => proxy.halfClose('toClient'),
    delay: (proxy, random) => {
      proxy.delayMs = random.between(5, 120);
    },
    refuse: (proxy) => proxy.refuse(),
    'cut and refuse': (proxy) => {
      proxy.refuse();
      proxy.cut();
    },
    hang: (proxy) => proxy.hang(),
  };

async function end(proxy: TcpProxy): Promise<void> {
  proxy.delayMs = 0;
  proxy.letGo();
  await proxy.accept();
}

await describeWithMongo('Read models on a MongoDB whose network fails', (mongo) => {
  const random = Random.fromEnvironment();
  let world: FaultyWorld;

  beforeAll(() => print(`faults: SEED=${random.seed}`));

  beforeEach(() => {
    world = new FaultyWorld(mongo, random);
  });

  afterEach(async () => {
    for (const { proxy } of world.consumers) await end(proxy);
    await world[Symbol.asyncDispose]();
  });

  /** Lets something happen to some of the connections, for a while: every tenth time for about as long as a lease lasts, or longer. */
  async function round(number: number): Promise<void> {
    const fault = FAULTS[random.pick(Object.keys(FAULTS))];
    const hit = world.consumers.filter(() => random.below(2) === 0);
    for (const { proxy } of hit) await fault?.(proxy, random);
    await delay(number % 10 === 9 ? random.between(1_000, 2_200) : random.between(2, 150));
    for (const { proxy } of hit) await end(proxy);
  }

  it(
    'are what a serial fold makes, whatever happened to which connection',
    async () => {
      for (let count = 0; count < 3; count += 1) await world.run();
      world.startWriters(2);
      await world.recovers();

      for (let number = 0; number < ROUNDS; number += 1) {
        await round(number);
        if (number % 2 === 0) await world.recovers();
      }
      await world.stopWriters();
      await world.caughtUp();
      const { documents, segments, parked } = await world.stored();
      const expected = await serialLedgers(world.events);

      print(`faults: ${ROUNDS} rounds, ${world.saved()} saves, ${world.refused()} refused`);
      const actual = documents.map(({ id, document }) => [id, document]);
      expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(expected));
      expect(world.stops()).toEqual([]);
      expect(parked).toEqual([]);
      for (const { value } of segments) expect(value).not.toHaveProperty('stopped');
      for (const { value } of segments) expect(value).toHaveProperty('skipped', 0);
    },
    TIMEOUT_MS,
  );
});
