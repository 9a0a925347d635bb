import { alternate } from '../alternate.js';
import type { Bench } from '../bench.js';
import type { Contender } from '../contender.js';
import type { Sampled } from '../samples/sample.js';
import { median } from '../statistics.js';
import { atLeast, type Measured, medianOf, type RowDefinition } from './row.js';

const LEAST = 0.5;
const TASK = { kind: 'http-deposit', connections: 64, accounts: 1_000 } as const;

type Latency = NonNullable<Sampled['latencyMs']>;

/** Deposits over HTTP into the sample bank, beside a route of the same shape that keeps nothing. */
export const httpDepositRow: RowDefinition = { name: 'http-deposit', measure };

async function measure(bench: Bench): Promise<Measured> {
  const latencies = new Map<Contender, Latency[]>();
  const turnOf = (contender: Contender) => ({
    contender,
    take: async () => {
      const sampled = await bench.inEmptyFolder(contender, {
        ...TASK,
        warmUp: bench.sized(6_000),
        requests: bench.sized(20_000),
      });
      const { latencyMs } = sampled;
      if (latencyMs !== undefined)
        latencies.set(contender, [...(latencies.get(contender) ?? []), latencyMs]);
      return sampled;
    },
  });
  const results = await alternate(bench.scale.rounds, [turnOf('everfold'), turnOf('limit')]);
  const value = medianOf(results, 'everfold');
  const limit = medianOf(results, 'limit');
  const ratio = value / limit;
  return {
    row: { name: 'http-deposit', value, unit: 'requests/s', limit, ratio, peers: {} },
    targets: [atLeast(ratio, LEAST)],
    notes: [
      `the bank's latency ${textOf(latencies.get('everfold'))}`,
      `the bare route's latency ${textOf(latencies.get('limit'))}`,
    ],
  };
}

/** The medians of the rounds. */
function textOf(latencies: readonly Latency[] = []): string {
  const p50 = median(latencies.map((each) => each.p50));
  const p99 = median(latencies.map((each) => each.p99));
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
}
