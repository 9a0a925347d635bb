import { alternate } from '../alternate.js';
import type { Bench } from '../bench.js';
import type { Contender } from '../contender.js';
import type { Sampled } from '../samples/sample.js';
import { atLeast, type Measured, medianOf, type RowDefinition, type Target } from './row.js';
import { folderOf, type Shape, withSeeded } from './seeded.js';

const MILLION = 1_000_000;
const PEER: Contender = '@rotorsoft/act-sqlite';
const PEER_SHAPE: Shape = { streams: 1_000, eventsPerStream: 10 };
const LAG_LIMIT_MS = 100;
const RSS_LIMIT_MB = 64;

interface Rebuild {
  readonly name: string;
  readonly accounts: number;
  readonly maxEvents: number;
  readonly target: (measured: { readonly value: number; readonly ratio: number }) => Target;
}

/** Rebuilds from a log that is there, the lag of a running projection, and the memory of a rebuild. */
export const readModelRows: readonly RowDefinition[] = [
  rebuildRow({
    name: 'rebuild-1k',
    accounts: 1_000,
    maxEvents: 20_000,
    target: ({ ratio }) => atLeast(ratio, 0.4),
  }),
  rebuildRow({
    name: 'rebuild-10k',
    accounts: 10_000,
    maxEvents: 20_000,
    target: ({ value }) => ({ text: '≥ 100,000 events/s', reached: value >= 100_000 }),
  }),
  { name: 'rebuild-rss', measure: measureRss },
  { name: 'lag', measure: measureLag },
];

function rebuildRow(rebuild: Rebuild): RowDefinition {
  return { name: rebuild.name, measure: (bench) => measureRebuild(bench, rebuild) };
}

async function measureRebuild(
  bench: Bench,
  { name, accounts, maxEvents, target }: Rebuild,
): Promise<Measured> {
  const events = bench.sized(MILLION);
  const shape = { streams: accounts, eventsPerStream: events / accounts };
  const withPeer = bench.peersUnavailable === undefined;
  const shapes = new Map<Contender, Shape>([
    ['everfold', shape],
    ...(withPeer ? [[PEER, PEER_SHAPE] as const] : []),
  ]);
  const notes = new Set<string>();
  return withSeeded(bench, shapes, async (seeded) => {
    const results = await alternate(bench.scale.rounds, [
      ...(['everfold', 'limit'] as const).map((contender) => ({
        contender,
        take: async (): Promise<Sampled> => {
          const folder = folderOf(seeded, 'everfold');
          const task = { kind: 'rebuild', accounts, events, maxEvents } as const;
          const sampled = await bench.inFolder(folder, contender, task);
          if (sampled.note !== undefined) notes.add(sampled.note);
          return sampled;
        },
      })),
      ...(withPeer ? [peerTurn(bench, () => folderOf(seeded, PEER))] : []),
    ]);
    const value = medianOf(results, 'everfold');
    const limit = medianOf(results, 'limit');
    const peer = results.get(PEER);
    const ratio = value / limit;
    return {
      row: {
        name,
        value,
        unit: 'events/s',
        limit,
        ratio,
        peers: { [PEER]: peer !== undefined && 'median' in peer ? peer.median : null },
      },
      targets: [target({ value, ratio })],
      notes: [
        `limit: scan and decode alone; ${[...notes].at(-1) ?? ''}`,
        peer !== undefined && 'failure' in peer
          ? `${PEER}: ${peer.failure}`
          : `${PEER}: @rotorsoft/act with a batch handler, 10,000 events, its documents in memory`,
      ],
    };
  });
}

function peerTurn(bench: Bench, folder: () => string) {
  const { streams: accounts, eventsPerStream } = PEER_SHAPE;
  const events = accounts * eventsPerStream;
  return {
    contender: PEER,
    take: () =>
      bench.inFolder(folder(), PEER, { kind: 'rebuild', accounts, events, maxEvents: 5_000 }),
  };
}

/** The memory of a rebuild of few and of many events, compared: it must not grow with their number. */
async function measureRss(bench: Bench): Promise<Measured> {
  const most = async (events: number): Promise<number> =>
    bench.withFolder(async (folder) => {
      const accounts = 1_000;
      const eventsPerStream = events / accounts;
      await bench.inFolder(folder, 'everfold', {
        kind: 'seed',
        inFlight: 1_000,
        streams: accounts,
        eventsPerStream,
      });
      const task = { kind: 'rebuild', accounts, events, maxEvents: 5_000 } as const;
      const { readings = [] } = await bench.inFolder(folder, 'everfold', task);
      return Math.max(...readings);
    });
  const few = await most(bench.scale.rssEvents / 10);
  const many = await most(bench.scale.rssEvents);
  const value = many - few;
  return {
    row: {
      name: 'rebuild-rss',
      value,
      unit: 'MB RssAnon more',
      limit: RSS_LIMIT_MB,
      ratio: value / RSS_LIMIT_MB,
      peers: {},
    },
    targets: [{ text: `≤ ${RSS_LIMIT_MB}`, reached: value <= RSS_LIMIT_MB }],
    notes: [
      `at most ${few.toFixed(0)} MB with ${(bench.scale.rssEvents / 10).toLocaleString('en')} events, ${many.toFixed(0)} MB with ten times as many`,
    ],
  };
}

async function measureLag(bench: Bench): Promise<Measured> {
  const { value, note } = await bench.inEmptyFolder('everfold', {
    kind: 'lag',
    appendsPerSecond: 1_000,
    ms: bench.scale.idleMs,
  });
  return {
    row: {
      name: 'lag',
      value,
      unit: 'ms (p99)',
      limit: LAG_LIMIT_MS,
      ratio: value / LAG_LIMIT_MS,
      peers: {},
    },
    targets: [{ text: `≤ ${LAG_LIMIT_MS}`, reached: value <= LAG_LIMIT_MS }],
    notes: note === undefined ? [] : [note],
  };
}
