import { setImmediate as turn } from 'node:timers/promises';
import { encodeEvent, newEventId, projection, StoreUnavailableError } from '@everfold/core';
import {
  Added,
  addTo,
  type Ledger,
  ledgers,
  NOTHING,
  Shared,
  storedLedgers,
} from './runner-ledger.js';
import type { Call } from './runner-process.js';
import { MODES, RunnerWorld, until } from './runner-world.js';

const IDS = Array.from({ length: 24 }, (_, index) => `l${index}`);

/** Appends so many events in all, to ledgers in turn: more than one stretch of the log holds, and more than one write. */
async function writeMany({ events }: RunnerWorld, count: number): Promise<void> {
  const chunk = 50;
  for (let written = 0; written < count; written += chunk) {
    const id = IDS[(written / chunk) % IDS.length];
    const added = Array.from({ length: chunk }, () =>
      encodeEvent(new Added({ amount: 1 }), {
        id: newEventId(),
        metadata: { correlationId: newEventId() },
      }),
    );
    const [first, ...others] = added;
    if (first !== undefined) await events.append(`ledger-${id}`, [first, ...others]);
  }
}

describe.each(MODES)('While the log is caught up with on %s stores', (commit) => {
  it('a segment that goes its own way takes nothing from the others', async () => {
    await using world = new RunnerWorld(commit);
    await writeMany(world, 12_000);
    const failing = new Set<string>();
    const fault = ({ documentId, revision }: { documentId: string; revision: number }) => {
      if (documentId !== 'l3' || revision !== 20 || failing.has(documentId)) return undefined;
      failing.add(documentId);
      throw new Error('not yet');
    };

    const process = await world.run([ledgers({ fault, maxAttempts: 3 })]);
    await process.consumers.caughtUp();

    expect(failing.size).toBe(1);
    await world.agrees();
  });

  it('a request that finds the store out of reach leaves nothing out', async () => {
    await using world = new RunnerWorld(commit);
    await writeMany(world, 8_000);
    const process = world.process();
    const seen = { asked: 0, refused: 0, refreshed: 0 };
    const before: Partial<Record<Call, (about: string) => Promise<void> | void>> = {
      listRecords: (prefix) => {
        if (prefix === 'requests/') seen.asked += 1;
      },
      loadDocuments: async () => {
        if (seen.refused > 0) return;
        const asked = seen.asked;
        await world.put('requests/ledgers@1.1/some', { kind: 'retry', documentId: 'l1' });
        await until('a request is seen while events are taken in', () => seen.asked > asked);
      },
      save: () => {
        if (seen.refused > 0) return;
        seen.refused += 1;
        throw new StoreUnavailableError('not just now');
      },
      readRecord: async (key) => {
        if (seen.refused === 0 || !key.startsWith('segments/')) return;
        seen.refreshed += 1;
        for (let turns = 0; turns < 50; turns += 1) await turn();
      },
    };
    process.before = ({ call, args }) => before[call]?.(String(args[0]));

    await process.start({ definitions: [ledgers({ segments: 1 })] });
    await process.consumers.caughtUp();

    expect([seen.refused, seen.refreshed > 0]).toEqual([1, true]);
    await world.agrees();
  });
});

const LEDGERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** Two segments of ledgers; `ids` tells whom a {@link Shared} concerns, `fault` what is wrong with a fold. */
function halves(ids: () => readonly string[], fault: (id: string) => void) {
  return projection<Ledger>('ledgers', {
    version: 1,
    segments: 2,
    maxAttempts: 1,
    initial: () => NOTHING,
  })
    .on(Added, (ledger, event, context) => {
      fault(context.documentId);
      return addTo(ledger, event, context);
    })
    .on(Shared, (ledger) => ledger, { id: ids });
}

describe('An id that cannot be told by the process that takes over', () => {
  it('stops the segments that come to it, and leaves out nothing for one that is past it', async () => {
    await using world = new RunnerWorld();
    const round = async () => {
      for (const id of LEDGERS) await world.add(id);
    };
    const counts = async () =>
      [...(await storedLedgers(world.readModels)).values()].map((it) => it.count);
    const stopsAtA = (id: string) => {
      if (id === 'a') throw new Error('not yet');
    };
    const before = await world.run([halves(() => [], stopsAtA)]);
    await round();
    await world.write('x', new Shared({ amount: 0, among: [] }));
    await round();
    await until('one segment is past the event, and one is not', async () => {
      const stopped = (await world.segments()).filter((segment) => segment.stopped !== undefined);
      const counted = await counts();
      return stopped.length === 1 && counted.length > 0 && counted.every((count) => count === 2);
    });
    const going = [...(await storedLedgers(world.readModels)).keys()];
    await before[Symbol.asyncDispose]();
    await round();

    await world.run([
      halves(
        () => unreadable(),
        () => undefined,
      ),
    ]);

    await until('the segment that is past it has everything', async () => {
      const stored = await storedLedgers(world.readModels);
      return going.every((id) => stored.get(id)?.count === 3);
    });
  });
});

function unreadable(): never {
  throw new Error('No id.');
}
