import { join } from 'node:path';
import { Folders } from '../embedded/folders.js';
import { print } from '../embedded/patience.js';
import { Processes, type StoreProcess } from '../embedded/processes.js';
import { itWith } from '../embedded/tools.js';
import {
  type DurabilityTrace,
  durabilityTrace,
  readStrace,
  type SystemCall,
} from './strace-log.js';

const CALLS = 'openat,write,writev,pwrite64,pwritev,pwritev2,fdatasync,fsync,clone,clone3';

const processes = new Processes();
const folders = new Folders();

afterEach(async () => {
  await processes.end();
  await folders.remove();
});

/** Runs a process under strace, and gives its system calls when it has ended. */
async function traced(run: (process: StoreProcess) => Promise<void>): Promise<DurabilityTrace> {
  const folder = await folders.create();
  const log = join(await folders.create(), 'strace.log');
  const through = ['strace', '-f', '-y', '-s', '1000000', '-e', `trace=${CALLS}`, '-o', log];
  const args = [folder];
  const child = await processes.start({ script: 'durable-appends.mjs', args, through });
  await run(child);
  child.kill('SIGTERM');
  await child.ended;
  return durabilityTrace(await readStrace(log));
}

function idsIn({ text }: SystemCall, kind: 'acknowledged' | 'shown'): readonly string[] {
  const [, list = ''] = new RegExp(`\\\\"${kind}\\\\":\\[([^\\]]*)\\]`).exec(text) ?? [];
  return list.match(/[0-9a-f-]{36}/g) ?? [];
}

interface Told {
  readonly id: string;
  readonly call: SystemCall;
}

/** Every id that was told, and the call that told it. */
function toldIn(trace: DurabilityTrace, kind: 'acknowledged' | 'shown'): readonly Told[] {
  return trace.told.flatMap((call) => idsIn(call, kind).map((id) => ({ id, call })));
}

/**
 * The write of the page that holds an event, the write that then made it visible, and the sync between them.
 *
 * @throws Error when one of them is missing, or the second was not synced.
 */
function commitOf(id: string, trace: DurabilityTrace) {
  const write = found(`write of ${id}`, trace.writes, ({ text }) => text.includes(id));
  const meta = found(`meta page of ${id}`, trace.metaWrites, ({ begin }) => begin > write.end);
  const sync = found(
    `sync of ${id} before it is visible`,
    trace.syncs,
    ({ begin, end }) => begin > write.end && end < meta.begin,
  );
  if (!trace.isSynced(meta)) throw new Error(`The meta page of ${id} was not synced.`);
  return { write, sync, meta };
}

function found(
  what: string,
  calls: readonly SystemCall[],
  matches: (call: SystemCall) => boolean,
): SystemCall {
  const call = calls.find(matches);
  if (call === undefined) throw new Error(`There is no ${what}.`);
  return call;
}

const itWithStrace = itWith('strace');

describe('An append that is acknowledged', () => {
  // 300: commits follow each other before the one in front has landed.
  for (const { atOnce, turns } of [
    { atOnce: 1, turns: 24 },
    { atOnce: 16, turns: 24 },
    { atOnce: 300, turns: 2 },
  ])
    itWithStrace(
      `was written, synced, and then made visible by a synced write, with ${atOnce} in flight`,
      async () => {
        const trace = await traced((child) => child.call('append', { turns, atOnce }));

        const acknowledged = toldIn(trace, 'acknowledged');
        for (const { id, call } of acknowledged)
          expect(commitOf(id, trace).meta.end).toBeLessThan(call.begin);
        print(
          `strace, ${atOnce} in flight: ${acknowledged.length} events acknowledged, ${trace.syncs.length} syncs and ${trace.metaWrites.length} synced writes of the meta page`,
        );
        expect(acknowledged.length).toBeGreaterThan(turns * atOnce);
        expect(trace.syncs.length).toBeGreaterThanOrEqual(turns);
        expect(trace.metaWrites.length).toBeGreaterThanOrEqual(turns);
      },
      60_000,
    );
});

describe('A reader in another process', () => {
  itWithStrace(
    'syncs the file itself between seeing an event and showing it',
    async () => {
      const trace = await traced(async (child) => {
        expect(await child.call('appendFollowed', { turns: 300 })).toBe(0);
      });

      const shown = toldIn(trace, 'shown');
      const reader = trace.processOf(shown[0]?.call.thread ?? 0);
      for (const { id, call } of shown) {
        const { meta } = commitOf(id, trace);
        found(
          `sync by the reader before it showed ${id}`,
          trace.syncs,
          ({ thread, begin, end }) =>
            trace.processOf(thread) === reader && begin > meta.begin && end < call.begin,
        );
      }
      const batches = new Set(shown.map(({ call }) => call)).size;
      print(`strace: ${shown.length} events shown to another process, in ${batches} batches`);
      expect(shown.length).toBeGreaterThan(300);
      expect(batches).toBeGreaterThan(2);
    },
    60_000,
  );
});
