import { join } from 'node:path';
import { loadPeer } from './peer-module.js';

interface Deposited {
  readonly stream: string;
  readonly data: { readonly amount: number };
}

interface Builder {
  on(entry: Record<string, unknown>): {
    do(handle: (event: Deposited) => Promise<void>): {
      batch(handle: (events: readonly Deposited[]) => Promise<void>): { build(): unknown };
    };
  };
}

interface App {
  on(event: 'settled', listener: () => void): void;
  reset(targets: readonly string[]): Promise<number>;
  settle(options: { readonly eventLimit: number }): void;
}

interface ActApplication {
  withProjection(projection: unknown): ActApplication;
  build(): App;
}

/** What is used of `@rotorsoft/act` 1.31. */
interface Act {
  readonly act: () => ActApplication;
  readonly projection: (target: string) => Builder;
  readonly store: (adapter: unknown) => unknown;
  readonly dispose: () => () => Promise<void>;
}

const TARGET = 'bench-balances';

/**
 * Lets act project the log of one of its stores, in batches, into a map: that its documents cost nothing is in its favour.
 *
 * @returns How many events, and how long that took.
 */
export async function projectWithAct(
  folder: string,
  { events, maxEvents }: { readonly events: number; readonly maxEvents: number },
): Promise<{ readonly count: number; readonly ms: number }> {
  const { SqliteStore } = await loadPeer<{
    SqliteStore: new (config: { url: string }) => { seed(): Promise<void> };
  }>('@rotorsoft/act-sqlite');
  const { act, projection, store } = await loadPeer<Act>('@rotorsoft/act');
  const { z } = await loadPeer<{ z: { any(): unknown } }>('zod');
  const log = new SqliteStore({ url: `file:${join(folder, 'events.db')}` });
  await log.seed();
  store(log);
  const balances = new Map<string, number>();
  let count = 0;
  const add = ({ stream, data }: Deposited): void => {
    balances.set(stream, (balances.get(stream) ?? 0) + data.amount);
    count += 1;
  };
  // It wants functions with names.
  async function addOne(event: Deposited): Promise<void> {
    add(event);
  }
  async function addAll(all: readonly Deposited[]): Promise<void> {
    for (const event of all) add(event);
  }
  const built = projection(TARGET)
    .on({ 'account.money-deposited': z.any() })
    .do(addOne)
    .batch(addAll)
    .build();
  const app = act().withProjection(built).build();
  const settled = new Promise<void>((resolve) => app.on('settled', resolve));
  await app.reset([TARGET]);
  const begun = performance.now();
  app.settle({ eventLimit: maxEvents });
  await settled;
  const ms = performance.now() - begun;
  if (count < events) throw new Error(`act projected ${count} of ${events} events`);
  return { count: events, ms };
}
