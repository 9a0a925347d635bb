import type { Position } from '../event-store/position.js';
import type { StoredDocument } from './read-model-store.js';

/** @internal A document that a runner works on. */
export interface CachedDocument {
  readonly id: string;
  readonly segment: number;
  /** Whether the store was asked. */
  isLoaded: boolean;
  document: object | undefined;
  position: Position | undefined;
  parkedSince: Position | undefined;
  /** Where the store has it. */
  loadedAt: Position | undefined;
  /** The turn in which it was last asked for. */
  turn: number;
  /** Who has changed it since it was last written. */
  changedBy: object | undefined;
}

/**
 * @internal The documents of the segments that this process holds, as they were last written: nobody else writes them while the
 * segment's record stands, so that they need not be loaded for every batch.
 */
export class DocumentCache {
  readonly #documents = new Map<string, CachedDocument>();
  readonly #max: number;
  readonly #segmentOf: (id: string) => number;

  /** @param max - How many documents are kept between batches. */
  constructor(max: number, segmentOf: (id: string) => number) {
    this.#max = max;
    this.#segmentOf = segmentOf;
  }

  /** The entry of a document, made when there is none. */
  entry(id: string): CachedDocument {
    const known = this.#documents.get(id);
    if (known !== undefined) return known;
    const made: CachedDocument = {
      id,
      segment: this.#segmentOf(id),
      isLoaded: false,
      document: undefined,
      position: undefined,
      parkedSince: undefined,
      loadedAt: undefined,
      turn: 0,
      changedBy: undefined,
    };
    this.#documents.set(id, made);
    return made;
  }

  /** Notes what the store has of a document. */
  fill(entry: CachedDocument, stored: StoredDocument | undefined): void {
    entry.isLoaded = true;
    entry.document = stored?.document;
    entry.position = stored?.position;
    entry.loadedAt = stored?.position;
    entry.parkedSince = stored?.parkedSince;
  }

  forget(id: string): void {
    this.#documents.delete(id);
  }

  forgetSegment(segment: number): void {
    for (const [id, entry] of this.#documents)
      if (entry.segment === segment) this.#documents.delete(id);
  }

  /** Lets go of what was not asked for in this turn, the oldest first, until no more than allowed are left. */
  shrink(turn: number): void {
    if (this.#documents.size <= this.#max) return;
    for (const [id, entry] of this.#documents) {
      if (this.#documents.size <= this.#max) return;
      if (entry.turn !== turn && entry.changedBy === undefined) this.#documents.delete(id);
    }
  }
}
