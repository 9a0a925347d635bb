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

/** More commands than are handled at once; one that is forgotten meets its conflict once more. */
const CONFLICTS_KEPT = 10_000;

type HistoryFold = AggregateFold<History, object>;

/** @internal */
export class StreamCommitRepository<A extends object>
  extends CommitRepository<A>
  implements CommitTarget
{
  readonly #feature: CqrsAggregate<A>;
  readonly #histories: AggregateRepository<HistoryFold>;
  readonly #work: WorkInFlight;
  /** Where each aggregate stands; those that are new stand nowhere. */
  readonly #places = new WeakMap<object, Place>();
  /** Commits of commands that have met a conflict behind an earlier commit of theirs. */
  readonly #beyond = new Set<string>();

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
    this.#places.set(aggregate, { revision, isCommitted: false, ...this.#runOf(id) });
    return aggregate;
  }

  /** The first event that an earlier run of the present command has raised, and this run has not yet come to. */
  #repeatIn(events: readonly HistoryEvent[], id: string): HistoryEvent | undefined {
    const { commandId, made } = this.#runOf(id);
    if (commandId === undefined) return undefined;
    return events.find(
      ({ metadata }) => metadata.commandId === commandId && (metadata.commandIndex ?? 0) >= made,
    );
  }

  /** How far the handler of the present command is with an aggregate. */
  #runOf(id: string): Run {
    const commandId = isInCommand() ? currentContext().commandId : undefined;
    const stream = streamName(this.#feature.category, id);
    return { commandId, made: commandId === undefined ? 0 : updatesSoFar(stream) };
  }

  async #commit(aggregate: A, events: readonly object[]): Promise<void> {
    const id = this.#idOf(aggregate);
    const place = this.#places.get(aggregate);
    const run = this.#runOf(id);
    if (events.length === 0 && !needsMark(place, run)) return;
    if (place !== undefined && isOvertaken(place, run)) throw overtaken(this.#feature.category, id);
    const change = () => events;
    try {
      const { revision, repeated } =
        place === undefined
          ? await this.#histories.create(id, change)
          : await this.#histories.update(id, change, { expected: place.revision });
      const next = this.#runOf(id);
      const goesOn = repeated && this.#beyond.has(keyOf(id, next));
      const now = goesOn ? await this.#catchUp(aggregate, id, revision) : revision;
      this.#places.set(aggregate, { revision: now, isCommitted: true, ...next });
    } catch (error) {
      const conflict = conflictOf(error);
      if (conflict !== undefined) this.#noteConflict(id, run);
      throw conflict ?? error;
    }
  }

  /** A later commit of a command has met what others wrote since its earlier one: the next run has to fold that before it. */
  #noteConflict(id: string, run: Run): void {
    if (run.made === 0) return;
    const [oldest] = this.#beyond;
    if (oldest !== undefined && this.#beyond.size >= CONFLICTS_KEPT) this.#beyond.delete(oldest);
    this.#beyond.add(keyOf(id, run));
  }

  /**
   * Folds what has happened since a commit that is repeated, up to what this run will come to: an earlier run has ended there, and
   * what others have written since would else stand in the way of its next commit for ever.
   */
  async #catchUp(aggregate: A, id: string, revision: number): Promise<number> {
    const found = await this.#histories.find(id);
    if (found === undefined) return revision;
    const { events } = found.state;
    const repeat = this.#repeatIn(events, id);
    const last = repeat === undefined ? found.revision : repeat.revision - 1;
    const missed = events.filter((at) => at.revision > revision && at.revision <= last);
    (aggregate as A & Loadable).loadFromHistory(missed.map(({ event }) => event));
    return Math.max(revision, last);
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

/** The handling of a command, as one aggregate sees it. */
interface Run {
  /** `undefined`: no command, or one without an id. */
  readonly commandId: string | undefined;
  /** How many commits the command has made of it. */
  readonly made: number;
}

/** Where an aggregate stands, and for whom. */
interface Place extends Run {
  readonly revision: number;
  readonly isCommitted: boolean;
}

/** One commit of a command. */
function keyOf(id: string, { commandId, made }: Run): string {
  return JSON.stringify([id, commandId, made]);
}

/** Whether a command has to note that it found nothing to do, so that a repeat of it does nothing either. */
function needsMark(place: Place | undefined, { commandId }: Run): boolean {
  if (place === undefined || commandId === undefined) return false;
  return place.commandId === commandId && !place.isCommitted;
}

function isOvertaken(place: Place, { commandId, made }: Run): boolean {
  return commandId !== undefined && place.commandId === commandId && place.made !== made;
}

/** Deciding anew would not help: each run of the handler comes to the same point. */
function overtaken(category: string, id: string): TypeError {
  return new TypeError(
    `The '${category}' with id '${id}' was changed by another commit of the same command since it was loaded. This commit wrote ` +
      'nothing: load it again before it, and await nested commands one after the other.',
  );
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
