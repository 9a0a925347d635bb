import type {
  AggregateFold,
  AggregateRepository,
  EventStore,
  Metadata,
  RepositoryOptions,
} from '@everfold/core';
import {
  AggregateNotFoundError,
  ConcurrencyError,
  createRepository,
  currentContext,
  aggregate as fold,
  streamName,
  updatesSoFar,
  WrongExpectedRevisionError,
} from '@everfold/core';
import { asCommitConflict, isInCommand } from '../messages/pending-commits.js';
import type { WorkInFlight } from '../shutdown/work.js';
import { attachTarget, type CommitTarget } from './aggregate-root.js';
import type { CqrsAggregate } from './cqrs-aggregate.js';

/**
 * Loads and stores aggregates that were written for `@nestjs/cqrs`, from and to their streams. An abstract class, so that Nest
 * can inject it: `@InjectAggregate(Hero) heroes: CommitRepository<Hero>`.
 *
 * In the handler of a command that has an id and is repeated, an aggregate is loaded as it stood the first time: the handler then
 * decides as it did, and its commits write nothing. Outside of commands, it is loaded as it stands.
 */
export abstract class CommitRepository<A extends object> {
  /**
   * The aggregate as its stream stands now, ready to be committed; `undefined` when there is none.
   *
   * @throws UnknownEventTypeError, EventVersionTooNewError when the stream holds what this process does not understand.
   */
  abstract find(id: string): Promise<A | undefined>;

  /**
   * The aggregate as its stream stands now, ready to be committed.
   *
   * @throws AggregateNotFoundError when there is none.
   * @throws As {@link find}.
   */
  abstract load(id: string): Promise<A>;

  /**
   * Commits what was applied to an aggregate, as its `commit()` does; a new one need not be merged before.
   *
   * @throws As `commit()` of the aggregate; nothing is written.
   */
  abstract save(aggregate: A): Promise<void>;
}

interface HistoryEvent {
  readonly event: object;
  readonly revision: number;
  readonly metadata: Metadata;
}

/** The events of a stream. */
interface History {
  readonly events: HistoryEvent[];
}

type HistoryFold = AggregateFold<History, object>;

/** @internal */
export class StreamCommitRepository<A extends object>
  extends CommitRepository<A>
  implements CommitTarget
{
  readonly #feature: CqrsAggregate<A>;
  readonly #histories: AggregateRepository<HistoryFold>;
  readonly #work: WorkInFlight;
  /** The revision of the last event in each aggregate; those that are new have none. */
  readonly #revisions = new WeakMap<object, number>();

  constructor(
    feature: CqrsAggregate<A>,
    store: EventStore,
    work: WorkInFlight,
    options: RepositoryOptions,
  ) {
    super();
    this.#feature = feature;
    this.#work = work;
    this.#histories = createRepository(store, historyOf(feature), options);
  }

  find(id: string): Promise<A | undefined> {
    return this.#work.run(() => this.#find(id));
  }

  async load(id: string): Promise<A> {
    const found = await this.find(id);
    if (found === undefined) throw new AggregateNotFoundError(this.#feature.category, id);
    return found;
  }

  async save(aggregate: A): Promise<void> {
    this.attach(aggregate);
    await (aggregate as A & { commit(): Promise<void> }).commit();
  }

  /** Makes an aggregate committable. */
  attach(aggregate: object): void {
    attachTarget(aggregate, this);
  }

  commit(aggregate: object, events: readonly object[]): Promise<void> {
    return this.#work.run(() => this.#commit(aggregate as A, events));
  }

  async #find(id: string): Promise<A | undefined> {
    const found = await this.#histories.find(id);
    if (found === undefined) return undefined;
    const { events } = found.state;
    const repeat = this.#repeatIn(events, id);
    const revision = repeat === undefined ? found.revision : repeat.revision - 1;
    const seen = events.filter((at) => at.revision <= revision);
    if (seen.length === 0) return undefined;
    const aggregate = this.#create(id);
    (aggregate as A & Loadable).loadFromHistory(seen.map(({ event }) => event));
    this.attach(aggregate);
    this.#revisions.set(aggregate, revision);
    return aggregate;
  }

  /** The first event that an earlier run of the present command has raised, and this run has not yet come to. */
  #repeatIn(events: readonly HistoryEvent[], id: string): HistoryEvent | undefined {
    const { commandId } = currentContext();
    if (commandId === undefined || !isInCommand()) return undefined;
    const made = updatesSoFar(streamName(this.#feature.category, id));
    return events.find(
      ({ metadata }) => metadata.commandId === commandId && (metadata.commandIndex ?? 0) >= made,
    );
  }

  async #commit(aggregate: A, events: readonly object[]): Promise<void> {
    const id = this.#idOf(aggregate);
    const expected = this.#revisions.get(aggregate);
    const change = () => events;
    try {
      const { revision } =
        expected === undefined
          ? await this.#histories.create(id, change)
          : await this.#histories.update(id, change, { expected });
      this.#revisions.set(aggregate, revision);
    } catch (error) {
      throw conflictOf(error) ?? error;
    }
  }

  #create(id: string): A {
    const { aggregate, options } = this.#feature;
    return options.create === undefined ? new aggregate(id) : options.create(id);
  }

  #idOf(aggregate: A): string {
    const { category, options } = this.#feature;
    const id: unknown = options.idOf?.(aggregate) ?? (aggregate as { readonly id?: unknown }).id;
    if (typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint')
      return String(id);
    throw new TypeError(
      `A '${category}' has no id: give it a field 'id', or name it in cqrsAggregate('${category}', …, { idOf }). Nothing was written.`,
    );
  }
}

/** What the pipeline may handle the whole command again for. */
function conflictOf(error: unknown): Error | undefined {
  if (error instanceof ConcurrencyError) return asCommitConflict(error);
  if (!(error instanceof WrongExpectedRevisionError)) return undefined;
  const { stream, expected } = error;
  return asCommitConflict(new ConcurrencyError(stream, expected, 1, { cause: error }));
}

interface Loadable {
  loadFromHistory(history: readonly object[]): void;
}

function historyOf({ category, options }: CqrsAggregate<object>): HistoryFold {
  let history: HistoryFold = fold<History>(category, { initial: () => ({ events: [] }) });
  for (const eventClass of Object.values(options.events))
    history = history.on(eventClass, (state, event, { metadata, revision }) => {
      // Nobody else holds this state: it is not cached, and each load folds its own.
      state.events.push({ event, revision, metadata });
      return state;
    });
  return history;
}
