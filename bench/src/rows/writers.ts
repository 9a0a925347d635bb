import type { Bench } from '../bench.js';
import { type Contender, peers } from '../contender.js';
import type { Sampled } from '../samples/sample.js';
import type { Measured, RowDefinition } from './row.js';

const COUNTS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];

/** How many writers at once, each to a stream of its own, go on without a failed append; 256 is the most that is tried. */
export const writersRow: RowDefinition = { name: 'writers', measure };

async function measure(bench: Bench): Promise<Measured> {
  const ours = await sample(bench, 'everfold');
  const notes: string[] = [];
  const values: Record<string, number | null> = {};
  for (const peer of bench.peersUnavailable === undefined ? peers : []) {
    const { value, note } = await sample(bench, peer);
    values[peer] = value;
    if (note !== undefined) notes.push(`${peer} ${note}`);
  }
  if (bench.peersUnavailable !== undefined) notes.push(`peers: ${bench.peersUnavailable}`);
  return {
    row: {
      name: 'writers',
      value: ours.value,
      unit: 'writers survived',
      limit: null,
      ratio: null,
      peers: values,
    },
    targets: [],
    notes,
  };
}

function sample(bench: Bench, contender: Contender): Promise<Sampled> {
  return bench.inEmptyFolder(contender, { kind: 'writers', counts: COUNTS });
}
