import { EmbeddedEventStore } from '@everfold/embedded';
import { probe } from '../embedded/events.js';
import type { Random } from '../embedded/random.js';
import { type Findings, holdAgainst, type Ledger } from './ledger.js';

/** Opens a folder behind a crash, holds it against what was said, verifies it, reads single streams, and appends to it. */
export async function inspect(folder: string, ledger: Ledger, random: Random): Promise<void> {
  await using store = await EmbeddedEventStore.open(folder);
  const [{ streams }, report] = await Promise.all([holdAgainst(ledger, store), store.verify()]);
  expect(report).toMatchObject({ ok: true, problems: [] });
  for (let sample = 0; sample < Math.min(20, streams.size); sample += 1)
    await compareStream(store, random.pick([...streams]));
  const shared = [...streams.keys()].filter((stream) => stream.startsWith('shared-'));
  for (const stream of ['probe-1', ...shared]) await appendNext(store, stream, streams);
}

async function compareStream(
  store: EmbeddedEventStore,
  [stream, expected]: readonly [stream: string, ids: readonly string[]],
): Promise<void> {
  const ids: string[] = [];
  for await (const { id } of store.read(stream)) ids.push(id);
  expect([stream, ids]).toEqual([stream, expected]);
}

async function appendNext(
  store: EmbeddedEventStore,
  stream: string,
  streams: Findings['streams'],
): Promise<void> {
  const last = (streams.get(stream)?.length ?? 0) - 1;
  const result = await store.append(stream, [probe()], {
    expected: last === -1 ? 'no-stream' : last,
  });
  expect(result).toMatchObject({ revision: last + 1, repeated: false });
}
