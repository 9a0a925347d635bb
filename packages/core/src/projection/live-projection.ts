import { copyValue } from '../aggregate/copy-value.js';
import type { ConsumerReport, RetryPolicy } from '../consumer/options.js';
import { reportToStandardError } from '../consumer/report.js';
import { unlessAborted } from '../consumer/unless-aborted.js';
import { ForeignPositionError, StoreUnavailableError } from '../event-store/errors.js';
import type { EventStore, SubscriptionBatch } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { ConsistencyToken } from '../event-store/token.js';
import { createToken, readToken } from '../event-store/token.js';
import { resumingSubscription } from '../subscription/resuming-subscription.js';
import { checkedQuery } from './checked-query.js';
import type { ProjectionDefinition } from './definition.js';
import { projectionDefinition } from './definition.js';
import { evaluateQuery } from './documents/evaluate-query.js';
import { ReadModelBehindError } from './errors.js';
import { LiveDocuments } from './live-documents.js';
import type { Observed, ObservedReads } from './observed-reads.js';
import { OBSERVED, ObservableReadModel } from './observed-reads.js';
import { pageOf, queryForPage } from './page.js';
import { messageOf } from './parking.js';
import { PositionGate } from './position-gate.js';
import type { Projection } from './projection.js';
import { timeoutOf, uniqueIds } from './read-arguments.js';
import type { ReadModel, ReadOptions } from './read-model.js';

/** Options of {@link openLiveProjection}. */
export interface LiveProjectionOptions {
  /** Gives up while it catches up; afterwards it has no effect. */
  readonly signal?: AbortSignal | undefined;
  /** How long it waits before it tries again to follow a log that cannot be reached. */
  readonly retry?: RetryPolicy | undefined;
  /** Told what an operator should know: `retrying`, `recovered`, `stopped`. Default: written to standard error, a line each. */
  readonly report?: ((report: ConsumerReport) => void) | undefined;
}

/** A projection in the memory of this process, folded from the beginning of the log and kept up to date: gone when it is closed. */
export interface LiveProjection<D extends object> extends ReadModel<D>, AsyncDisposable {
  readonly name: string;
  /** How far it has read the log; `undefined` while the log is empty. */
  readonly position: Position | undefined;
  /** Rejects with what stopped it, such as a fold that threw; resolves when it was closed. */
  readonly ended: Promise<void>;
}

/**
 * Folds a projection in memory. Resolves when it has caught up with the log, and follows it from then on through every failure of
 * the store that may pass; meanwhile reads see what was there.
 *
 * A failing event stops it, whatever the projection's `onFailure` says: from then on every read rejects with what the fold
 * threw, and so does `ended`. What it has read is in memory as a whole: find looks at every document.
 *
 * @throws What stopped it before it had caught up; the signal's reason when that is aborted meanwhile.
 * @throws TypeError when `projection` is no projection.
 */
export async function openLiveProjection<D extends object>(
  eventStore: EventStore,
  projection: Projection<D>,
  options: LiveProjectionOptions = {},
): Promise<LiveProjection<D>> {
  const definition = projectionDefinition(projection);
  const { signal = new AbortController().signal } = options;
  signal.throwIfAborted();
  const log = await unlessAborted(eventStore.identity(), signal);
  const live = new InMemoryProjection<D>(definition, eventStore, log, options);
  try {
    await unlessAborted(Promise.race([live.caughtUp, live.ended]), signal);
    return live;
  } catch (error) {
    await live[Symbol.asyncDispose]();
    throw error;
  }
}

class InMemoryProjection<D extends object>
  extends ObservableReadModel<D>
  implements LiveProjection<D>
{
  readonly name: string;
  readonly ended: Promise<void>;
  /** Resolves when the end of the log was reached for the first time. */
  readonly caughtUp: Promise<void>;
  readonly #definition: ProjectionDefinition;
  readonly #log: string;
  readonly #documents: LiveDocuments;
  readonly #gate = new PositionGate();
  readonly #closing = new AbortController();
  /** Why the log cannot be followed just now. */
  #trouble: string | undefined;

  constructor(
    definition: ProjectionDefinition,
    eventStore: EventStore,
    log: string,
    { retry, report = reportToStandardError }: LiveProjectionOptions,
  ) {
    super();
    this.name = definition.name;
    this.#definition = definition;
    this.#log = log;
    this.#documents = new LiveDocuments(definition);
    const subscription = resumingSubscription(eventStore, {
      filter: { types: [...definition.handlers.keys()] },
      signal: this.#closing.signal,
      retry,
      report: (error, attempt) => {
        this.#trouble = `the log cannot be followed: ${messageOf(error)}`;
        report({ kind: 'retrying', consumer: this.name, error, attempt });
      },
      recovered: () => {
        this.#trouble = undefined;
        report({ kind: 'recovered', consumer: this.name });
      },
    });
    let isCaughtUp: () => void = () => undefined;
    this.caughtUp = new Promise((resolve) => {
      isCaughtUp = resolve;
    });
    this.ended = this.#follow(subscription, isCaughtUp);
    this.ended.catch((error: unknown) => report({ kind: 'stopped', consumer: this.name, error }));
  }

  get position(): Position | undefined {
    return this.#gate.position;
  }

  readonly [OBSERVED]: ObservedReads<D> = {
    get: async (id, options) => {
      const [only] = uniqueIds([id]);
      return this.#read(options, () => this.#copyOf(only));
    },
    getMany: async (ids, options) => {
      const unique = uniqueIds(ids);
      return this.#read(options, () => this.#copiesOf(unique));
    },
    find: async (query, options) => {
      const checked = checkedQuery(this.#definition, query);
      return this.#read(options, () => {
        const page = pageOf<D>(
          evaluateQuery(this.#documents.all(), queryForPage(checked)),
          checked,
          0,
        );
        return { ...page, items: page.items.map(copyValue) };
      });
    },
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new StoreUnavailableError(`Live projection '${this.name}' is closed.`));
    await this.ended.catch(() => undefined);
  }

  async #follow(
    subscription: AsyncIterable<SubscriptionBatch>,
    isCaughtUp: () => void,
  ): Promise<void> {
    try {
      for await (const { events, position, caughtUp } of subscription) {
        this.#documents.fold(events);
        this.#gate.moveTo(position);
        if (caughtUp) isCaughtUp();
      }
    } catch (error) {
      this.#gate.fail(error);
      if (!this.#closing.signal.aborted) throw error;
    }
  }

  async #read<T>(options: ReadOptions = {}, read: () => T): Promise<Observed<T>> {
    const { after, signal } = options;
    const timeoutMs = timeoutOf(options.timeoutMs);
    signal?.throwIfAborted();
    this.#gate.assertStands();
    if (after !== undefined) {
      const position = this.#positionIn(after);
      if (!(await this.#gate.until(position, timeoutMs, signal)))
        throw new ReadModelBehindError(this.name, position, timeoutMs, this.#trouble);
    }
    const { position } = this.#gate;
    return {
      value: read(),
      seen: position === undefined ? undefined : createToken(this.#log, position),
    };
  }

  #positionIn(token: ConsistencyToken): Position {
    const { identity, position } = readToken(token);
    if (identity === this.#log) return position;
    throw new ForeignPositionError(position, identity, this.#log);
  }

  #copyOf(id: string | undefined): D | undefined {
    const document = id === undefined ? undefined : this.#documents.get(id)?.document;
    return copyValue(document) as D | undefined;
  }

  #copiesOf(ids: readonly string[]): ReadonlyMap<string, D> {
    const copies = new Map<string, D>();
    for (const id of ids) {
      const copy = this.#copyOf(id);
      if (copy !== undefined) copies.set(id, copy);
    }
    return copies;
  }
}
