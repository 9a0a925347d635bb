import {
  type AppendOptions,
  type AppendResult,
  type Clock,
  createToken,
  type DeleteOptions,
  type EventStore,
  type NewEvent,
  type NonEmpty,
  type Retention,
  type StreamAppend,
  systemClock,
} from '@everfold/core';
import type { MemoryEventStoreOptions } from '@everfold/memory';
import { WrongStore } from './wrong-store.js';

/** Something that was said to a store, to be said again when it is reopened. */
export interface Call {
  readonly kind: 'append' | 'delete' | 'tombstone' | 'retention';
  readonly appends: readonly StreamAppend[];
  readonly stream: string;
  readonly retention: Retention;
  /** What the clock said. */
  readonly atMs: number;
}

/** What a store has written down, as it stands when the store is opened again. */
export interface Journal {
  readonly identity: string;
  readonly calls: readonly Call[];
}

class PausedClock implements Clock {
  atMs: number | undefined;

  constructor(readonly clock: Clock) {}

  now(): number {
    return this.atMs ?? this.clock.now();
  }
}

/** The memory store with a journal, from which it can be opened again: right in everything, until a mutant changes the journal. */
export class DurableStore extends WrongStore {
  readonly #options: MemoryEventStoreOptions;
  readonly #clock: PausedClock;
  readonly #calls: (Call & { done: boolean })[] = [];
  /** What it was called when it was opened first. */
  #identity: string | undefined;
  /** What it calls itself, asked when it is closed: afterwards it no longer tells. */
  #ownIdentity = '';
  /** The time of the last append. */
  #lastMs = 0;

  constructor({ clock = systemClock, ...options }: MemoryEventStoreOptions = {}) {
    const paused = new PausedClock(clock);
    super({ ...options, clock: paused });
    this.#options = { ...options, clock };
    this.#clock = paused;
  }

  /** Another store on what this one has written down, which a mutant may have changed. */
  async reopened(
    change: (journal: Journal) => Journal = (journal) => journal,
  ): Promise<EventStore> {
    const calls = this.#calls.filter(({ done }) => done);
    const journal = change({ identity: this.#identity ?? this.#ownIdentity, calls });
    const store = new DurableStore(this.#options);
    store.#identity = journal.identity;
    for (const call of journal.calls) await store.#repeat(call);
    return store;
  }

  override async identity(): Promise<string> {
    const own = await this.inner.identity();
    return this.#identity ?? own;
  }

  override async append(
    stream: string,
    events: NonEmpty<NewEvent>,
    options?: AppendOptions,
  ): Promise<AppendResult> {
    const appends = copyOf([{ stream, events }]);
    const append = this.#timed(() => this.inner.append(stream, events, options));
    const call = this.#note({ kind: 'append', appends });
    const result = await append;
    call.done = !result.repeated;
    return this.#own(result);
  }

  override async appendToStreams(
    appends: NonEmpty<StreamAppend>,
  ): Promise<readonly AppendResult[]> {
    const copy = copyOf(appends);
    const append = this.#timed(() => this.inner.appendToStreams(appends));
    const call = this.#note({ kind: 'append', appends: copy });
    const results = await append;
    call.done = results[0]?.repeated === false;
    return results.map((result) => this.#own(result));
  }

  override async delete(stream: string, options?: DeleteOptions): Promise<void> {
    const deletion = this.inner.delete(stream, options);
    await this.#noted({ kind: 'delete', stream }, deletion);
  }

  override async tombstone(stream: string, options?: DeleteOptions): Promise<void> {
    const deletion = this.inner.tombstone(stream, options);
    await this.#noted({ kind: 'tombstone', stream }, deletion);
  }

  override async setRetention(stream: string, retention: Retention): Promise<void> {
    const said = this.inner.setRetention(stream, retention);
    await this.#noted({ kind: 'retention', stream, retention: { ...retention } }, said);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.inner.identity().then(
      (identity) => {
        this.#ownIdentity = identity;
      },
      () => undefined,
    );
    await super[Symbol.asyncDispose]();
  }

  /** The memory store decides within the call: the time is that of its beginning. */
  #timed<T>(call: () => T): T {
    this.#clock.atMs = this.#clock.now();
    try {
      return call();
    } finally {
      this.#lastMs = this.#clock.atMs;
      this.#clock.atMs = undefined;
    }
  }

  #note(call: Partial<Call>): { done: boolean } {
    const whole = { kind: 'append', appends: [], stream: '', retention: {}, ...call } as const;
    const noted = { ...whole, atMs: this.#lastMs, done: false };
    this.#calls.push(noted);
    return noted;
  }

  async #noted(call: Partial<Call>, outcome: Promise<void>): Promise<void> {
    const noted = this.#note(call);
    await outcome;
    noted.done = true;
  }

  #own(result: AppendResult): AppendResult {
    if (this.#identity === undefined) return result;
    return { ...result, token: createToken(this.#identity, result.position) };
  }

  async #repeat({ kind, appends, stream, retention, atMs }: Call): Promise<void> {
    if (kind === 'delete') return this.delete(stream);
    if (kind === 'tombstone') return this.tombstone(stream);
    if (kind === 'retention') return this.setRetention(stream, retention);
    this.#clock.atMs = atMs;
    await this.appendToStreams(appends as unknown as NonEmpty<StreamAppend>);
  }
}

/** The appends as they are now; what cannot be copied is refused by the store anyway. */
function copyOf(appends: readonly StreamAppend[]): readonly StreamAppend[] {
  try {
    return structuredClone(appends.map(({ stream, events }) => ({ stream, events })));
  } catch {
    return [];
  }
}
