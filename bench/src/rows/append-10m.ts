import { alternate } from '../alternate.js';
import type { Bench, Task } from '../bench.js';
import { atLeast, type Measured, medianOf, type RowDefinition } from './row.js';

const LEAST = 0.8;
const APPENDS: Task = {
  kind: 'append',
  inFlight: 256,
  streams: 1_000,
  warmUp: 10_000,
  appends: 60_000,
  maxMs: Number.MAX_SAFE_INTEGER,
};

/** Appends to a log of ten million events, compared with the same to one of ten thousand. */
export const append10mRow: RowDefinition = { name: 'append-10m', longOnly: true, measure };

async function measure(bench: Bench): Promise<Measured> {
  return bench.withFolder(async (large) => {
    await bench.inFolder(large, 'everfold', seedOf(100_000, 100));
    const results = await alternate(bench.scale.rounds, [
      { contender: 'everfold', take: () => bench.inFolder(large, 'everfold', APPENDS) },
      // Filled anew each time: after a turn it is no longer small.
      {
        contender: 'limit',
        take: () =>
          bench.withFolder(async (small) => {
            await bench.inFolder(small, 'everfold', seedOf(1_000, 10));
            return bench.inFolder(small, 'everfold', APPENDS);
          }),
      },
    ]);
    return measured(medianOf(results, 'everfold'), medianOf(results, 'limit'));
  });
}

function seedOf(streams: number, eventsPerStream: number): Task {
  return { kind: 'seed', inFlight: 1_000, streams, eventsPerStream };
}

function measured(value: number, limit: number): Measured {
  return {
    row: {
      name: 'append-10m',
      value,
      unit: 'appends/s',
      limit,
      ratio: value / limit,
      peers: {},
    },
    targets: [atLeast(value / limit, LEAST)],
    notes: ['limit: the same with 10,000 events stored'],
  };
}
