import { ForeignPositionError } from '../event-store/errors.js';
import type { ConsistencyToken } from '../event-store/token.js';
import { readToken } from '../event-store/token.js';
import type { Observed, ObservedReads } from './observed-reads.js';
import { OBSERVED, ObservableReadModel, observedReads } from './observed-reads.js';
import type { Page, Query } from './query.js';
import type { ReadModel, ReadOptions } from './read-model.js';

/**
 * Reads that never go back, and that see this session's own writes: each read waits for what the session has seen, and what it sees
 * itself is added to that, across read models and processes. One object for each user's session or request; {@link token} is
 * what to hand on, over HTTP in a header, and to begin the next one with.
 */
export class ReadSession {
  #token: ConsistencyToken | undefined;

  /**
   * @param token - What the session has seen already. Default: nothing.
   * @throws TypeError when it is no token.
   */
  constructor(token?: ConsistencyToken | undefined) {
    if (token !== undefined) this.observe(token);
  }

  /** All that the session has seen; `undefined` while that is nothing. */
  get token(): ConsistencyToken | undefined {
    return this.#token;
  }

  /**
   * Adds what a commit, or another session, has seen.
   *
   * @throws {@link ForeignPositionError} when it comes from another log than what was seen before.
   * @throws TypeError when it is no token.
   */
  observe(token: ConsistencyToken): void {
    this.#token = laterOf(this.#token, token);
  }

  /**
   * A read model as this session sees it. A read with `after` waits for both.
   *
   * @throws TypeError when `readModel` was made neither by `createReadModel` nor by `openLiveProjection` nor by a session.
   */
  of<D extends object>(readModel: ReadModel<D>): ReadModel<D> {
    return new SessionReadModel(this, observedReads(readModel));
  }
}

function laterOf(known: ConsistencyToken | undefined, token: ConsistencyToken): ConsistencyToken {
  const { identity, position } = readToken(token);
  if (known === undefined) return token;
  const seen = readToken(known);
  if (seen.identity !== identity) throw new ForeignPositionError(position, identity, seen.identity);
  return position > seen.position ? token : known;
}

class SessionReadModel<D extends object> extends ObservableReadModel<D> {
  readonly #session: ReadSession;
  readonly [OBSERVED]: ObservedReads<D>;

  constructor(session: ReadSession, reads: ObservedReads<D>) {
    super();
    this.#session = session;
    this[OBSERVED] = {
      get: (id: string, options?: ReadOptions) =>
        this.#observe(options, (from) => reads.get(id, from)),
      getMany: (ids: readonly string[], options?: ReadOptions) =>
        this.#observe(options, (from) => reads.getMany(ids, from)),
      find: (query: Query<D>, options?: ReadOptions): Promise<Observed<Page<D>>> =>
        this.#observe(options, (from) => reads.find(query, from)),
    };
  }

  async #observe<T>(
    options: ReadOptions = {},
    read: (options: ReadOptions) => Promise<Observed<T>>,
  ): Promise<Observed<T>> {
    const { token } = this.#session;
    const after = options.after === undefined ? token : laterOf(token, options.after);
    const observed = await read({ ...options, after });
    if (observed.seen !== undefined) this.#session.observe(observed.seen);
    return observed;
  }
}
