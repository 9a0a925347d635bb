import { backOff } from '../backoff.js';
import { WrongExpectedRevisionError } from '../event-store/errors.js';
import type { AppendResult, EventStore, NewEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { streamName } from '../event-store/stream-name.js';
import type { ConsistencyToken } from '../event-store/token.js';
import { createToken } from '../event-store/token.js';
import type { AggregateCache } from './aggregate-cache.js';
import type { AggregateLoader } from './aggregate-loader.js';
import { appendRepeating } from './append-repeating.js';
import { advanceAppended, committedState } from './appended.js';
import type { CommandUpdate } from './command-memory.js';
import type { Decision, DecisionMarks } from './decision.js';
import { decide, firstMetadata } from './decision.js';
import { earlierUpdate, mayBeRepeat } from './earlier-update.js';
import { AggregateTruncatedError, ConcurrencyError } from './errors.js';
import type { AggregatePlace } from './fold-event.js';
import { COMMAND_SETTLED } from './framework-type.js';
import type { LoadedAggregate } from './loaded-aggregate.js';
import type { Change, Committed, Found, StateOf, UpdateOptions } from './repository.js';
import { AggregateRepository } from './repository.js';
import type { SnapshotKeeper } from './snapshot-keeper.js';
import type { AggregateKernel } from './state-form.js';
import type { UpdateRequest } from './update-request.js';
import { refusalOf, requestOf } from './update-request.js';

/** @internal What a repository works with. */
export interface RepositoryParts<S> {
  readonly store: EventStore;
  readonly kernel: AggregateKernel<S>;
  readonly loader: AggregateLoader<S>;
  readonly cache: AggregateCache<S> | undefined;
  readonly snapshots: SnapshotKeeper<S> | undefined;
  readonly newId: DecisionMarks['newId'];
  readonly conflictRetries: number;
  readonly outcomeRepeats: number;
}

/** An attempt that has to be made again: on what the store says now. */
type Again = { readonly conflict: WrongExpectedRevisionError | undefined };

const STALE: Again = { conflict: undefined };
const CONFLICT_BACKOFF = { baseMs: 5, maxMs: 250 };

/** @internal The repository over an event store: load, fold, decide, append at the revision that was loaded. */
export class EventSourcedRepository<A> extends AggregateRepository<A> {
  readonly #parts: RepositoryParts<StateOf<A>>;
  /** Whether what was loaded is needed after the decision, so that changes get a copy. */
  readonly #keepsLoaded: boolean;
  #identity: string | undefined;

  constructor(parts: RepositoryParts<StateOf<A>>) {
    super();
    this.#parts = parts;
    this.#keepsLoaded = parts.cache !== undefined || parts.snapshots !== undefined;
  }

  async create(id: string, change: Change<A>, options: UpdateOptions = {}) {
    return this.#commit(requestOf('create', this.#category, id, change, options));
  }

  async update(id: string, change: Change<A>, options: UpdateOptions = {}) {
    return this.#commit(requestOf('update', this.#category, id, change, options));
  }

  async find(id: string): Promise<Found<StateOf<A>> | undefined> {
    const loaded = await this.#read(placeOf(this.#category, id), undefined);
    const { exists, revision, position } = loaded;
    if (!exists || position === undefined) return undefined;
    const state = this.#handOut(loaded);
    return { state, revision, token: await this.#tokenOf(position) };
  }

  get #category(): string {
    return this.#parts.kernel.definition.category;
  }

  async #commit(request: UpdateRequest): Promise<Committed<StateOf<A>>> {
    const { conflictRetries } = this.#parts;
    let mayUseCache = request.kind === 'update';
    let last: WrongExpectedRevisionError | undefined;
    for (let conflicts = 0; ; ) {
      request.signal?.throwIfAborted();
      const outcome = await this.#attempt(request, mayUseCache);
      if (!('conflict' in outcome)) return outcome;
      mayUseCache = false;
      const cause = outcome.conflict;
      if (cause === undefined) continue;
      if (isHidden(last, cause))
        throw new AggregateTruncatedError(request.stream, undefined, { cause });
      last = cause;
      conflicts += 1;
      if (conflicts > conflictRetries)
        throw new ConcurrencyError(request.stream, cause.expected, conflicts, { cause });
      await backOff(conflicts, CONFLICT_BACKOFF, request.signal);
    }
  }

  async #attempt(
    request: UpdateRequest,
    mayUseCache: boolean,
  ): Promise<Committed<StateOf<A>> | Again> {
    const cached = mayUseCache ? this.#parts.cache?.get(request.stream) : undefined;
    const loaded = cached ?? (await this.#read(request, request.signal));
    const isCached = cached !== undefined;
    const { command } = request;
    if (command !== undefined && mayBeRepeat(loaded.commands, command)) {
      if (isCached) return STALE;
      const { revision } = loaded;
      const earlier = await earlierUpdate(this.#parts.store, loaded, command, request.signal);
      if (earlier !== undefined) return this.#replay(request, loaded, earlier);
      // A cached aggregate is shared: another update may have come in, of this very command even, while the stream was scanned.
      if (loaded.revision !== revision) return STALE;
    }
    const refusal = refusalOf(request, loaded);
    if (refusal === undefined) return this.#decideAndAppend(request, loaded, isCached);
    if (isCached) return STALE;
    throw refusal;
  }

  async #decideAndAppend(
    request: UpdateRequest,
    loaded: LoadedAggregate<StateOf<A>>,
    isCached: boolean,
  ): Promise<Committed<StateOf<A>> | Again> {
    const { kernel, newId, snapshots } = this.#parts;
    const { revision, position } = loaded;
    const isStale = async () => isCached && !(await this.#stillStandsAt(loaded, revision));
    let decision: Decision<StateOf<A>>;
    try {
      const base = { ...request, state: this.#handOut(loaded), revision };
      const deciding = decide(kernel, base, request.change, { metadata: request.metadata, newId });
      decision = deciding instanceof Promise ? await deciding : deciding;
    } catch (error) {
      if (await isStale()) return STALE;
      throw error;
    }
    const events = this.#toAppend(request, revision, decision);
    if (events.length === 0) {
      if (request.kind === 'create' || position === undefined)
        throw new TypeError(
          `create('${request.id}') raised nothing: an aggregate begins with an event. Nothing was written.`,
        );
      if (await isStale()) return STALE;
      return this.#unchanged(decision.state, revision, position);
    }
    snapshots?.assertStorable(loaded, decision.state, events.length);
    return this.#append(request, loaded, revision, { ...decision, events });
  }

  /** The events of a decision; with a command id, the mark that it is settled when there are none. */
  #toAppend(
    request: UpdateRequest,
    revision: number,
    { events }: Decision<StateOf<A>>,
  ): readonly NewEvent[] {
    if (events.length > 0 || request.command === undefined) return events;
    const data = { outcome: 'nothing-to-do' };
    const metadata = firstMetadata({ revision }, request);
    return [{ id: this.#parts.newId(), type: COMMAND_SETTLED, version: 1, data, metadata }];
  }

  async #append(
    request: UpdateRequest,
    loaded: LoadedAggregate<StateOf<A>>,
    revision: number,
    { state, events }: Decision<StateOf<A>>,
  ): Promise<Committed<StateOf<A>> | Again> {
    const { store, kernel, cache, outcomeRepeats, snapshots } = this.#parts;
    const { stream, signal } = request;
    const expected = revision === -1 ? 'no-stream' : revision;
    let result: AppendResult;
    try {
      result = await appendRepeating(store, { stream, events, expected, signal }, outcomeRepeats);
    } catch (error) {
      if (error instanceof WrongExpectedRevisionError) return { conflict: error };
      throw error;
    }
    const stands = loaded.revision === revision;
    if (this.#keepsLoaded && stands) advanceAppended(kernel, loaded, events, result);
    cache?.put(loaded);
    await snapshots?.take(loaded);
    const { position, token } = result;
    const raised = events[0]?.type === COMMAND_SETTLED ? 0 : events.length;
    return {
      state: committedState(kernel, request, { state, events, revision }, result),
      revision: result.revision,
      position,
      token,
      events: raised,
      repeated: false,
    };
  }

  async #replay(
    request: UpdateRequest,
    loaded: LoadedAggregate<StateOf<A>>,
    { revision, position, events }: CommandUpdate,
  ): Promise<Committed<StateOf<A>>> {
    const { kernel, loader } = this.#parts;
    const state =
      loaded.revision === revision
        ? this.#handOut(loaded)
        : (await loader.load(request, request.signal, revision)).state;
    kernel.form.standAt(state, revision);
    const token = await this.#tokenOf(position);
    return { state, revision, position, token, events, repeated: true };
  }

  async #unchanged(
    state: StateOf<A>,
    revision: number,
    position: Position,
  ): Promise<Committed<StateOf<A>>> {
    const token = await this.#tokenOf(position);
    return { state, revision, position, token, events: 0, repeated: false };
  }

  /** Reads an aggregate from the store; of a cached one, what came since. */
  async #read(
    place: AggregatePlace,
    signal: AbortSignal | undefined,
  ): Promise<LoadedAggregate<StateOf<A>>> {
    const { cache, loader } = this.#parts;
    const cached = cache?.get(place.stream);
    if (cached !== undefined) {
      let stands = false;
      try {
        stands = await loader.catchUp(cached, signal);
      } finally {
        if (!stands) cache?.drop(cached);
      }
      if (stands) return cached;
    }
    const loaded = await loader.load(place, signal);
    if (loaded.exists) cache?.put(loaded);
    return loaded;
  }

  async #stillStandsAt(loaded: LoadedAggregate<StateOf<A>>, revision: number): Promise<boolean> {
    return (await this.#read(loaded, undefined)) === loaded && loaded.revision === revision;
  }

  #handOut({ state }: LoadedAggregate<StateOf<A>>): StateOf<A> {
    return this.#keepsLoaded ? this.#parts.kernel.form.copy(state) : state;
  }

  async #tokenOf(position: Position): Promise<ConsistencyToken> {
    this.#identity ??= await this.#parts.store.identity();
    return createToken(this.#identity, position);
  }
}

/**
 * Whether nothing could be read of a stream that stood at the same revision before and after: revisions never come again, so
 * that it was not deleted in between, and retention hides all of it.
 */
function isHidden(
  before: WrongExpectedRevisionError | undefined,
  { expected, actual }: WrongExpectedRevisionError,
): boolean {
  return expected === 'no-stream' && typeof actual === 'number' && before?.actual === actual;
}

function placeOf(category: string, id: string): AggregatePlace {
  return { stream: streamName(category, id), id };
}
