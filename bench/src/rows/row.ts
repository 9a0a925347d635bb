import type { Result } from '../alternate.js';
import type { Bench } from '../bench.js';
import { type Contender, peers } from '../contender.js';

/** What `--json` writes for each row. */
export interface Row {
  readonly name: string;
  /** Ours; `null` where what it is measured on is missing. */
  readonly value: number | null;
  readonly unit: string;
  /** What it is compared with; `null` where there is nothing. */
  readonly limit: number | null;
  /** `value / limit`; where less is better, 1 or less is within the limit. */
  readonly ratio: number | null;
  /** The peers' values by name; `null` for one that failed or could not be installed. */
  readonly peers: Readonly<Record<string, number | null>>;
}

/** A target of a row. */
export interface Target {
  readonly text: string;
  readonly reached: boolean;
}

/** A row with what is printed about it. */
export interface Measured {
  readonly row: Row;
  readonly targets: readonly Target[];
  readonly notes: readonly string[];
}

/** How one row comes about. */
export interface RowDefinition {
  readonly name: string;
  /** Whether it is part of the long form only. */
  readonly longOnly?: boolean | undefined;
  measure(bench: Bench): Promise<Measured>;
}

/** The median of one who must have one. */
export function medianOf(results: ReadonlyMap<Contender, Result>, contender: Contender): number {
  const result = results.get(contender);
  if (result === undefined || 'failure' in result) throw new Error(`${contender} has no value.`);
  return result.median;
}

/** The peers' part of a row: values, and a note for each that has none. */
export function peersOf(
  bench: Bench,
  results: ReadonlyMap<Contender, Result>,
): { readonly values: Record<string, number | null>; readonly notes: readonly string[] } {
  const values: Record<string, number | null> = {};
  const notes: string[] = [];
  for (const peer of peers) {
    const result = results.get(peer) ?? { failure: bench.peersUnavailable ?? 'not measured' };
    values[peer] = 'median' in result ? result.median : null;
    if ('failure' in result) notes.push(`${peer}: ${result.failure}`);
  }
  return { values, notes };
}

/** A target for `value / limit`. */
export function atLeast(ratio: number, least: number): Target {
  return { text: `ratio ≥ ${least}`, reached: ratio >= least };
}
