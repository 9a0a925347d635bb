import type { ExpectedRevision } from '../event-store/expected-revision.js';
import type { Position } from '../event-store/position.js';
import type { ConsistencyToken } from '../event-store/token.js';
import type { AggregateFold } from './aggregate-fold.js';

/** What a change is handed, and what it may return: a class applies events itself, a fold returns them, `[]` for none. */
export type Change<A> =
  A extends AggregateFold<infer S, infer E>
    ? (state: S) => E | readonly E[] | Promise<E | readonly E[]>
    : (aggregate: A) => void | Promise<void>;

/** The state of an aggregate: what a fold folds, or the class itself. */
export type StateOf<A> = A extends AggregateFold<infer S, infer _> ? S : A;

/** What `create` and `update` have committed, durably. */
export interface Committed<S> {
  /** The state after the commit; of a repeat, the state at the first result. The caller's own: changing it changes nothing else. */
  readonly state: S;
  /** The 0-based revision of the last event of the stream then. */
  readonly revision: number;
  /** The position of that event. */
  readonly position: Position;
  /** Lets a read model wait for this commit. */
  readonly token: ConsistencyToken;
  /** How many events the change raised; of a repeat, the first time. */
  readonly events: number;
  /** Whether the command had been handled before, so that nothing was decided. */
  readonly repeated: boolean;
}

/** An aggregate as it stands. */
export interface Found<S> {
  /** The caller's own: changing it changes nothing else. */
  readonly state: S;
  /** The 0-based revision of the last event of its stream. */
  readonly revision: number;
  /** The position of that event, for reads of other models that must not be older. */
  readonly token: ConsistencyToken;
}

/** Options of {@link AggregateRepository.create} and {@link AggregateRepository.update}. */
export interface UpdateOptions {
  /**
   * Makes the change act once however often it is repeated, also after a restart and in another process. Default: that of
   * `withContext`; without any, a repeat acts again.
   */
  readonly commandId?: string | undefined;
  /** SHA-256 of the command's canonical JSON; the pipeline fills it in. Without it only the id is compared. */
  readonly commandHash?: string | undefined;
  /**
   * Where the caller believes the stream to stand, compared after loading and before deciding, and never retried. Default: not
   * compared.
   */
  readonly expected?: ExpectedRevision | undefined;
  /**
   * Projections whose read models must have the commit before the call returns: every later read of theirs sees it. Default: none is
   * waited for.
   */
  readonly waitFor?: readonly { readonly name: string }[] | undefined;
  /**
   * How long to wait for {@link waitFor} after the commit, in milliseconds. Default 5,000. Running out rejects with
   * {@link ReadModelBehindError}, which says that the change is committed, and carries the result.
   */
  readonly timeoutMs?: number | undefined;
  /** Gives up before anything is appended, or while read models are waited for; an append that has begun is waited for and reported. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Loads, decides and appends aggregates of one kind. An abstract class, so that Nest can inject it:
 * `AggregateRepository<Account>`, `AggregateRepository<typeof account>`. Made by {@link createRepository}.
 *
 * A change sees the aggregate as folded from its stream. What it raises is appended at the revision that it has seen: when
 * somebody else was faster, the aggregate is loaded again and the change runs anew, 3 times by default. So a change decides,
 * and has no other effect. It may be asynchronous; what it applies after it has ended throws.
 *
 * Retention may shorten the stream of an aggregate only up to its snapshot: the last event in the snapshot must stay. Where
 * earlier ones are hidden and there is no such snapshot, everything rejects with {@link AggregateTruncatedError}, because half
 * the facts must not be decided on. A stream that was deleted may be created again. While *all* events of a stream are hidden, a
 * read cannot tell that from a delete: `find` gives `undefined`, `update` rejects with {@link AggregateNotFoundError}, and
 * `create`, which asks the store, with {@link AggregateTruncatedError} (or, where `conflictRetries` is 0, with
 * {@link ConcurrencyError}).
 */
export abstract class AggregateRepository<A> {
  /**
   * Opens a new aggregate.
   *
   * @throws {@link AggregateExistsError} when there is one of this id (unless this is a repeat); nothing is written.
   * @throws {@link AggregateTruncatedError} also when retention hides all events of the stream; nothing is written.
   * @throws TypeError when nothing was raised and there is no command id.
   * @throws As {@link update}.
   */
  abstract create(
    id: string,
    change: Change<A>,
    options?: UpdateOptions,
  ): Promise<Committed<StateOf<A>>>;

  /**
   * Changes an aggregate. When the change raises nothing, the result names the last event there is, with `events: 0`; with a
   * command id the mark `everfold.command-settled` is appended (and is that last event), so that a repeat does nothing either.
   *
   * @throws {@link AggregateNotFoundError} when there is none; nothing is written.
   * @throws {@link AggregateTruncatedError} when retention hides its first events and no snapshot stands in for them; nothing
   * is decided. A repeat whose first result lies before what can be seen rejects so, too.
   * @throws {@link WrongExpectedRevisionError} when the caller's `expected` does not hold; nothing is written.
   * @throws {@link ConcurrencyError} when others were faster each time; nothing is written.
   * @throws {@link CommandIdReusedError} when the command id belongs to another command; nothing is written.
   * @throws {@link UnknownEventTypeError}, {@link EventVersionTooNewError} when the stream holds what this process does not
   * understand; nothing is decided.
   * @throws {@link EventInvalidError}, {@link UnserializableEventError} when a raised event cannot be one; nothing is written.
   * @throws {@link AppendOutcomeUnknownError} when the outcome stayed unknown although the append was repeated: with a command
   * id, repeat the call.
   * @throws {@link ReadModelBehindError} with `waitFor`, when a read model did not get there in time; the change is committed.
   * @throws What the change throws; nothing is written.
   */
  abstract update(
    id: string,
    change: Change<A>,
    options?: UpdateOptions,
  ): Promise<Committed<StateOf<A>>>;

  /**
   * The aggregate as its stream stands now; `undefined` when there is none.
   *
   * @throws {@link AggregateTruncatedError} when retention hides its first events and no snapshot stands in for them.
   * @throws {@link UnknownEventTypeError}, {@link EventVersionTooNewError} as {@link update}.
   */
  abstract find(id: string): Promise<Found<StateOf<A>> | undefined>;
}
