import { alternate } from '../alternate.js';
import type { Bench } from '../bench.js';
import type { Contender } from '../contender.js';
import { atLeast, type Measured, medianOf, peersOf, type RowDefinition } from './row.js';
import { folderOf, type Shape, shapesOf, withSeeded } from './seeded.js';

const PEER_STREAMS = 1_000;
const SCAN_LEAST = 0.6;

/** Everything, in the order of the log, decoded. */
export const scanRow: RowDefinition = { name: 'scan', measure: measureScan };

/** Streams of 10 and of 1,000 events, one after the other; their events lie scattered over the log. */
export const readRows: readonly RowDefinition[] = [
  readRow('read-10', { streams: 10_000, eventsPerStream: 10 }, 10, 20_000),
  readRow('read-1000', { streams: 200, eventsPerStream: 1_000 }, 1_000, 400),
];

async function measureScan(bench: Bench): Promise<Measured> {
  const shape = { streams: 1_000, eventsPerStream: bench.sized(300) };
  const peerShape = { streams: PEER_STREAMS, eventsPerStream: 10 };
  const shapes = shapesOf(bench, ['everfold', 'limit'], shape, peerShape);
  return withSeeded(bench, shapes, async (seeded) => {
    const results = await alternate(
      bench.scale.rounds,
      [...shapes].map(([contender, { streams, eventsPerStream }]) => ({
        contender,
        take: async () =>
          bench.inFolder(folderOf(seeded, contender), contender, {
            kind: 'scan',
            events: streams * eventsPerStream,
          }),
      })),
    );
    const value = medianOf(results, 'everfold');
    const limit = medianOf(results, 'limit');
    const others = peersOf(bench, results);
    return {
      row: {
        name: 'scan',
        value,
        unit: 'events/s',
        limit,
        ratio: value / limit,
        peers: others.values,
      },
      targets: [atLeast(value / limit, SCAN_LEAST)],
      notes: others.notes,
    };
  });
}

function readRow(name: string, shape: Shape, peerEvents: number, reads: number): RowDefinition {
  return { name, measure: (bench) => measureRead(bench, name, shape, peerEvents, reads) };
}

async function measureRead(
  bench: Bench,
  name: string,
  shape: Shape,
  peerEvents: number,
  reads: number,
): Promise<Measured> {
  const ours = { ...shape, streams: bench.sized(shape.streams) };
  const peerShape = { streams: 10_000 / peerEvents, eventsPerStream: peerEvents };
  const shapes = shapesOf(bench, ['everfold'], ours, peerShape);
  return withSeeded(bench, shapes, async (seeded) => {
    const results = await alternate(
      bench.scale.rounds,
      [...shapes].map(([contender, of]) => ({
        contender,
        take: async () =>
          bench.inFolder(folderOf(seeded, contender), contender, {
            kind: 'read',
            ...of,
            reads: readsOf(bench, contender, reads),
          }),
      })),
    );
    const others = peersOf(bench, results);
    return {
      row: {
        name,
        value: medianOf(results, 'everfold'),
        unit: 'streams/s',
        limit: null,
        ratio: null,
        peers: others.values,
      },
      targets: [],
      notes: others.notes,
    };
  });
}

function readsOf(bench: Bench, contender: Contender, reads: number): number {
  return bench.sized(contender === 'everfold' ? reads : reads / 10);
}
