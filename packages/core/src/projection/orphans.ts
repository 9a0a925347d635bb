import type { EventStore } from '../event-store/event-store.js';

const MOST_REMEMBERED = 10_000;

/**
 * @internal Tells which events found no document because the beginning of their stream is gone: retention hides it, so that a rebuild
 * cannot fold what it once folded.
 */
export class Orphans {
  readonly #store: EventStore;
  readonly #shortened = new Map<string, boolean>();

  constructor(store: EventStore) {
    this.#store = store;
  }

  /** How many of these streams, one for each event, have lost their beginning. */
  async count(streams: readonly string[]): Promise<number> {
    let orphans = 0;
    for (const stream of streams) if (await this.#isShortened(stream)) orphans += 1;
    return orphans;
  }

  async #isShortened(stream: string): Promise<boolean> {
    const known = this.#shortened.get(stream);
    if (known !== undefined) return known;
    let first = 0;
    for await (const { revision } of this.#store.read(stream, { limit: 1 })) first = revision;
    if (this.#shortened.size >= MOST_REMEMBERED) this.#shortened.clear();
    this.#shortened.set(stream, first > 0);
    return first > 0;
  }
}
