import { alternate, type Result } from '../alternate.js';
import type { Bench, Task } from '../bench.js';
import { type Contender, peers } from '../contender.js';
import {
  atLeast,
  type Measured,
  medianOf,
  peersOf,
  type RowDefinition,
  type Target,
} from './row.js';

const STREAMS = 1_000;
/** Until then the compiler is done with what is hot. */
const WARM_UP = 20_000;
const NEVER = Number.MAX_SAFE_INTEGER;
const TUNED = 'event-storage, one partition';

interface Appends {
  readonly name: string;
  readonly inFlight: number;
  readonly appends: number;
  readonly streams: number | 'new';
  /** The least ratio to the limit. */
  readonly least: number;
  /** How many times the peers that survive it we shall reach. */
  readonly timesPeers?: number | undefined;
}

const definitions: readonly Appends[] = [
  { name: 'append-1', inFlight: 1, appends: 4_000, streams: STREAMS, least: 0.5 },
  {
    name: 'append-64',
    inFlight: 64,
    appends: 100_000,
    streams: STREAMS,
    least: 0.5,
    timesPeers: 10,
  },
  { name: 'append-256', inFlight: 256, appends: 200_000, streams: STREAMS, least: 0.5 },
  { name: 'append-new-256', inFlight: 256, appends: 100_000, streams: 'new', least: 0.15 },
];

/** Durable appends of one event each. */
export const appendRows: readonly RowDefinition[] = definitions.map((appends) => ({
  name: appends.name,
  measure: (bench) => measure(bench, appends),
}));

/** The appends of the row `append-256`, which others are compared with. */
export function append256(bench: Bench): Task {
  return taskOf(bench, { inFlight: 256, appends: 200_000, streams: STREAMS }, 'everfold');
}

async function measure(bench: Bench, appends: Appends): Promise<Measured> {
  const results = await alternate(
    bench.scale.rounds,
    contendersOf(bench, appends).map((contender) => ({
      contender,
      take: () => bench.inEmptyFolder(contender, taskOf(bench, appends, contender)),
    })),
  );
  const value = medianOf(results, 'everfold');
  const limit = medianOf(results, 'limit');
  const others = peersOf(bench, results);
  const { name, least } = appends;
  return {
    row: {
      name,
      value,
      unit: 'appends/s',
      limit,
      ratio: value / limit,
      peers: others.values,
    },
    targets: [atLeast(value / limit, least), ...againstPeers(value, appends, others.values)],
    notes: [...others.notes, ...tunedNotes(value, results)],
  };
}

function contendersOf(bench: Bench, { timesPeers }: Appends): readonly Contender[] {
  if (bench.peersUnavailable !== undefined) return ['everfold', 'limit'];
  return ['everfold', 'limit', ...peers, ...(timesPeers === undefined ? [] : [TUNED as Contender])];
}

function taskOf(
  bench: Bench,
  { inFlight, appends, streams }: Pick<Appends, 'inFlight' | 'appends' | 'streams'>,
  contender: Contender,
): Task {
  const fast = contender === 'everfold' || contender === 'limit';
  return {
    kind: 'append',
    inFlight,
    streams,
    // Each stream once at least, so that none is opened while the clock runs.
    warmUp: fast && inFlight > 1 ? WARM_UP : STREAMS,
    appends: bench.sized(appends),
    maxMs: fast ? NEVER : bench.scale.peerMs,
  };
}

function againstPeers(
  value: number,
  { timesPeers }: Appends,
  values: Readonly<Record<string, number | null>>,
): readonly Target[] {
  if (timesPeers === undefined) return [];
  return Object.entries(values).flatMap(([peer, other]) =>
    other === null
      ? []
      : [
          {
            text: `≥ ${timesPeers} × ${peer} (${(value / other).toFixed(1)} ×)`,
            reached: value >= timesPeers * other,
          },
        ],
  );
}

function tunedNotes(value: number, results: ReadonlyMap<Contender, Result>): readonly string[] {
  const tuned = results.get(TUNED);
  if (tuned === undefined) return [];
  if ('failure' in tuned) return [`${TUNED}: ${tuned.failure}`];
  return [
    `${TUNED}, which is not its default: ${Math.round(tuned.median).toLocaleString('en')} appends/s (ours are ${(value / tuned.median).toFixed(1)} ×)`,
  ];
}
