import type { EventStore, RecordedEvent } from '../event-store/event-store.js';
import { AggregateTruncatedError } from './errors.js';
import type { AggregatePlace } from './fold-event.js';
import type { LoadedAggregate } from './loaded-aggregate.js';
import { advanceRecorded, nothingLoaded } from './loaded-aggregate.js';
import type { SnapshotKeeper } from './snapshot-keeper.js';
import type { AggregateKernel } from './state-form.js';

/** @internal Reads aggregates from their streams: whole, from a snapshot, or from where one was left. */
export class AggregateLoader<S> {
  readonly #store: EventStore;
  readonly #kernel: AggregateKernel<S>;
  readonly #snapshots: SnapshotKeeper<S> | undefined;

  constructor(
    store: EventStore,
    kernel: AggregateKernel<S>,
    snapshots: SnapshotKeeper<S> | undefined,
  ) {
    this.#store = store;
    this.#kernel = kernel;
    this.#snapshots = snapshots;
  }

  /**
   * Loads an aggregate as it stands now, or as it stood at `upTo`.
   *
   * @param upTo - The last revision to fold. Default: the end of the stream.
   * @throws {@link AggregateTruncatedError} when the first events are hidden and no snapshot stands in for them.
   */
  async load(
    place: AggregatePlace,
    signal: AbortSignal | undefined,
    upTo = Number.POSITIVE_INFINITY,
  ): Promise<LoadedAggregate<S>> {
    const base = await this.#snapshots?.load(place);
    if (base !== undefined && base.revision <= upTo && (await this.#isUsable(base, signal, upTo)))
      return base;
    const loaded = nothingLoaded(this.#kernel, place);
    const limit = Number.isFinite(upTo) ? upTo + 1 : undefined;
    for await (const batch of this.#store.read(place.stream, { limit, signal }).batches()) {
      if (loaded.revision === -1) assertBegins(batch[0]);
      this.#fold(loaded, batch, upTo);
    }
    return loaded;
  }

  /** A state that a fold stumbles over may be the snapshot's fault: reading from the beginning tells. */
  async #isUsable(base: LoadedAggregate<S>, signal: AbortSignal | undefined, upTo: number) {
    try {
      return await this.catchUp(base, signal, upTo);
    } catch {
      signal?.throwIfAborted();
      return false;
    }
  }

  /**
   * Folds what the stream got since, reading from the last event inclusive.
   *
   * @returns Whether that event still stands there; if not, `loaded` is of another history and must be thrown away.
   */
  async catchUp(
    loaded: LoadedAggregate<S>,
    signal: AbortSignal | undefined,
    upTo = Number.POSITIVE_INFINITY,
  ): Promise<boolean> {
    const { stream, revision: from, eventId } = loaded;
    const limit = Number.isFinite(upTo) ? upTo - from + 1 : undefined;
    const batches = this.#store.read(stream, { from, limit, signal }).batches();
    let stands = false;
    for await (const batch of batches) {
      const [first] = batch;
      if (!stands && (first?.revision !== from || first.id !== eventId)) return false;
      if (!stands) loaded.position ??= first?.position;
      stands = true;
      this.#fold(loaded, batch, upTo);
    }
    return stands;
  }

  #fold(loaded: LoadedAggregate<S>, batch: readonly RecordedEvent[], upTo: number): void {
    for (const event of batch)
      if (event.revision <= upTo) advanceRecorded(this.#kernel, loaded, event);
  }
}

/** A stream that was deleted and written again begins behind revision 0 as well, and its first event says so. */
function assertBegins(first: RecordedEvent | undefined): void {
  if (first !== undefined && first.revision > 0 && first.metadata.begins !== true)
    throw new AggregateTruncatedError(first.stream, first.revision);
}
