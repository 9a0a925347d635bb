import type { ConsistencyToken } from '../event-store/token.js';
import type { Page, Query } from './query.js';

/** How fresh a read must be. */
export interface ReadOptions {
  /** What a commit, or an earlier read, handed out: the read waits until the read model has it. Default: no waiting. */
  readonly after?: ConsistencyToken | undefined;
  /** How long to wait, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait: the read rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The documents of a projection.
 *
 * Every read may reject with {@link ReadModelBehindError} when the read model does not have `after` within `timeoutMs`, or is still being
 * built for the first time, and with {@link ForeignPositionError} when `after` comes from another log.
 */
export abstract class ReadModel<D extends object> {
  /**
   * One document; `undefined` when there is none.
   *
   * @throws {@link DocumentParkedError} with `after`, when events of the document are parked, so that it cannot have it.
   */
  abstract get(id: string, options?: ReadOptions): Promise<D | undefined>;
  /** The documents that exist among `ids`. @throws {@link DocumentParkedError} as {@link get}. */
  abstract getMany(ids: readonly string[], options?: ReadOptions): Promise<ReadonlyMap<string, D>>;
  /**
   * A page of documents. Cursors stay right while documents change: one that is there all the while, and whose ordering fields
   * do not change, is met exactly once.
   *
   * @throws TypeError when a field is in no declared index, or the cursor belongs to another query.
   */
  abstract find(query: Query<D>, options?: ReadOptions): Promise<Page<D>>;
}
