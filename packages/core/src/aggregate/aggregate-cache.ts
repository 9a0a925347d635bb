import type { LoadedAggregate } from './loaded-aggregate.js';

/** @internal The aggregates used last, by stream. They never leave the repository: only copies of their states do. */
export class AggregateCache<S> {
  readonly #entries = new Map<string, LoadedAggregate<S>>();
  readonly #maxAggregates: number;

  /** @throws TypeError when `maxAggregates` is no integer from 1. */
  constructor(maxAggregates: number) {
    if (!Number.isSafeInteger(maxAggregates) || maxAggregates < 1)
      throw new TypeError(
        `cache.maxAggregates must be an integer from 1, not ${String(maxAggregates)}.`,
      );
    this.#maxAggregates = maxAggregates;
  }

  get(stream: string): LoadedAggregate<S> | undefined {
    const entry = this.#entries.get(stream);
    if (entry === undefined) return undefined;
    this.#entries.delete(stream);
    this.#entries.set(stream, entry);
    return entry;
  }

  /** Keeps what is newer: loads that overlap may end in any order. */
  put(entry: LoadedAggregate<S>): void {
    const present = this.#entries.get(entry.stream);
    if (present !== undefined && present.revision >= entry.revision) return;
    this.#entries.delete(entry.stream);
    this.#entries.set(entry.stream, entry);
    if (this.#entries.size <= this.#maxAggregates) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      break;
    }
  }

  /** Forgets an entry, unless another one has taken its place. */
  drop(entry: LoadedAggregate<S>): void {
    if (this.#entries.get(entry.stream) === entry) this.#entries.delete(entry.stream);
  }
}
