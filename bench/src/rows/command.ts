import { alternate } from '../alternate.js';
import type { Bench } from '../bench.js';
import { append256 } from './append.js';
import { atLeast, type Measured, medianOf, type RowDefinition } from './row.js';

const EVENTS_PER_ACCOUNT = 10;
const IN_FLIGHT = 256;
const LEAST = 0.2;

/** Commands on accounts of ten events: the cached ones are touched again and again, the cold ones once each. */
export const commandRows: readonly RowDefinition[] = [
  { name: 'command', measure: (bench) => measure(bench, 'command', true) },
  { name: 'command-cold', measure: (bench) => measure(bench, 'command-cold', false) },
];

async function measure(bench: Bench, name: string, cache: boolean): Promise<Measured> {
  const commands = bench.sized(cache ? 60_000 : 20_000);
  const warmUp = commands / 10;
  const accounts = cache ? 1_000 : Math.ceil(commands + warmUp);
  const seed = {
    kind: 'seed',
    inFlight: 1_000,
    streams: accounts,
    eventsPerStream: EVENTS_PER_ACCOUNT,
  } as const;
  const results = await alternate(bench.scale.rounds, [
    {
      contender: 'everfold',
      // Commands append: each turn needs accounts of ten events anew.
      take: () =>
        bench.withFolder(async (folder) => {
          await bench.inFolder(folder, 'everfold', seed);
          return bench.inFolder(folder, 'everfold', {
            kind: 'command',
            inFlight: IN_FLIGHT,
            accounts,
            warmUp,
            commands,
            cache,
          });
        }),
    },
    { contender: 'limit', take: () => bench.inEmptyFolder('everfold', append256(bench)) },
  ]);
  const value = medianOf(results, 'everfold');
  const limit = medianOf(results, 'limit');
  return {
    row: { name, value, unit: 'commands/s', limit, ratio: value / limit, peers: {} },
    targets: cache ? [atLeast(value / limit, LEAST)] : [],
    notes: [],
  };
}
