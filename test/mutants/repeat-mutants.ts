import {
  type AppendOptions,
  type AppendResult,
  createToken,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  type NonEmpty,
  type RecordedEvent,
  type StreamAppend,
} from '@everfold/core';
import { isConflict, type Mutant, WrongStore } from './wrong-store.js';

interface Repeat {
  readonly events: readonly NewEvent[];
  readonly result: AppendResult;
  /** The stream's last revision. */
  readonly last: number;
  /** Appends to any stream since the store was opened. */
  readonly appends: number;
  /** Of these, the one that is repeated. */
  readonly first: number;
}

/** Refuses a repeat that it no longer remembers. */
function forgettingRepeats(isForgotten: (repeat: Repeat) => boolean) {
  return class extends WrongStore {
    #appends = 0;
    readonly #first = new Map<string, number>();

    override async append(
      stream: string,
      events: NonEmpty<NewEvent>,
      options?: AppendOptions,
    ): Promise<AppendResult> {
      const result = await this.inner.append(stream, events, options);
      if (!result.repeated) {
        this.#appends += 1;
        this.#first.set(`${stream} ${events[0].id}`, this.#appends);
        return result;
      }
      const last = await lastOf(this.inner, stream);
      const first = this.#first.get(`${stream} ${events[0].id}`) ?? this.#appends;
      if (!isForgotten({ events, result, last, appends: this.#appends, first })) return result;
      return this.inner.append(stream, events, { expected: 999_999_999 });
    }
  };
}

async function lastOf(store: EventStore, stream: string): Promise<number> {
  for await (const { revision } of store.read(stream, { direction: 'backwards', limit: 1 }))
    return revision;
  return -1;
}

/** Remembers one place for each id, wherever it was appended last. */
class OnePlaceForEachId extends WrongStore {
  readonly #streams = new Map<string, string>();

  override async append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
    const result = await this.inner.append(stream, events, options);
    if (result.repeated && this.#streams.get(events[0].id) !== stream)
      return this.inner.append(stream, events, { expected: 999_999_999 });
    if (!result.repeated) for (const { id } of events) this.#streams.set(id, stream);
    return result;
  }
}

/** Takes what it has refused once for known. */
class RefusedOnceRefusedForEver extends WrongStore {
  readonly #refused = new Set<string>();

  override async append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
    const id = events?.[0]?.id;
    if (this.#refused.has(id)) return this.inner.append(stream, events, { expected: 999_999_999 });
    try {
      return await this.inner.append(stream, events, options);
    } catch (error) {
      if (isConflict(error)) this.#refused.add(id);
      throw error;
    }
  }
}

/** Compares the ids of a repeat only in part. */
function comparing(pick: (ids: readonly string[]) => string | undefined) {
  return class extends WrongStore {
    override async append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
      try {
        return await this.inner.append(stream, events, options);
      } catch (error) {
        const last = isConflict(error) ? await this.#sameAt(stream, events, options) : undefined;
        if (last === undefined) throw error;
        const token = createToken(await this.inner.identity(), last.position);
        return { revision: last.revision, position: last.position, token, repeated: true };
      }
    }

    /** The last of the events that stand where these were to be appended, if they are taken for the same. */
    async #sameAt(stream: string, events: readonly NewEvent[], options: AppendOptions = {}) {
      const place = placeOf(options.expected);
      if (place === undefined) return undefined;
      const stored = (await eventsFrom(this.inner, stream, place)).slice(0, events.length);
      const isSame = stored.length === events.length && pick(idsOf(stored)) === pick(idsOf(events));
      return isSame ? stored.at(-1) : undefined;
    }
  };
}

function placeOf(expected: ExpectedRevision | undefined): number | undefined {
  if (expected === 'no-stream') return 0;
  return typeof expected === 'number' ? expected + 1 : undefined;
}

async function eventsFrom(store: EventStore, stream: string, from: number) {
  const found: RecordedEvent[] = [];
  for await (const event of store.read(stream, { from })) found.push(event);
  return found;
}

function idsOf(events: readonly { readonly id: string }[]): string[] {
  return events.map(({ id }) => id);
}

/** Drops the expectations of members that `ignored` picks when one of them conflicts. */
function ignoringMembers(ignored: (index: number, count: number) => boolean) {
  return class extends WrongStore {
    override async appendToStreams(appends: NonEmpty<StreamAppend>) {
      try {
        return await this.inner.appendToStreams(appends);
      } catch (error) {
        const { stream } = error as { readonly stream?: unknown };
        const index = isConflict(error) ? appends.findIndex((it) => it.stream === stream) : -1;
        if (index === -1 || !ignored(index, appends.length)) throw error;
        const open = appends.map((it, n) =>
          ignored(n, appends.length) ? { ...it, expected: undefined } : it,
        );
        return this.inner.appendToStreams(open as unknown as NonEmpty<StreamAppend>);
      }
    }
  };
}

/** Reports something else on the members of an append than was done. */
function reporting(change: (results: readonly AppendResult[]) => readonly AppendResult[]) {
  return class extends WrongStore {
    override async appendToStreams(appends: NonEmpty<StreamAppend>) {
      return change(await this.inner.appendToStreams(appends));
    }
  };
}

const LATE = 'appending again, late › recognises';
const MEMBER = 'each member of an append to several streams';

/** Stores that forget what was appended, or look at some members of an append only. */
export const REPEAT_MUTANTS: readonly Mutant[] = [
  ...[4, 20, 100, 1_000].map((horizon) => ({
    wrong: `a repeat is refused when its stream is more than ${horizon} events further on`,
    store: forgettingRepeats(({ result, last }) => last - result.revision > horizon),
    caughtBy: `${LATE} every append when its stream has gone on by 1,500 events`,
  })),
  {
    wrong: 'only the last append of a stream is recognised',
    store: forgettingRepeats(({ result, last }) => result.revision !== last),
    caughtBy: `${LATE} every append of a stream that went on by small steps`,
  },
  {
    wrong: 'only the first append of a stream is recognised',
    store: forgettingRepeats(({ events, result }) => result.revision >= events.length),
    caughtBy: `${LATE} every append of a stream that went on by small steps`,
  },
  {
    wrong: 'only small appends are recognised late',
    store: forgettingRepeats(
      ({ events, result, last }) => events.length > 3 && result.revision < last,
    ),
    caughtBy: `${LATE} every append of a stream that went on by small steps`,
  },
  {
    wrong: 'only the last 256 appends of all streams are recognised',
    store: forgettingRepeats(({ appends, first }) => appends - first > 256),
    caughtBy: `${LATE} an append when many appends to other streams came since`,
  },
  {
    wrong: 'no repeat of more than 512 events is recognised',
    store: forgettingRepeats(({ events }) => events.length > 512),
    caughtBy: `${LATE} an append of many events`,
  },
  {
    wrong: 'an id is remembered at one place only',
    store: OnePlaceForEachId,
    caughtBy: `${LATE} an append whose ids were appended elsewhere since`,
  },
  {
    wrong: 'what was refused once is refused for ever',
    store: RefusedOnceRefusedForEver,
    caughtBy: 'appending again, late › appends what was refused once',
  },
  {
    wrong: 'a repeat is known by its first id alone',
    store: comparing((ids) => ids[0]),
    caughtBy: 'appending again, late › refuses, however late',
  },
  {
    wrong: 'a repeat is known by its last id alone',
    store: comparing((ids) => ids.at(-1)),
    caughtBy: 'appending again, late › refuses, however late',
  },
  {
    wrong: 'expectations of the third and later members are ignored',
    store: ignoringMembers((index) => index >= 2),
    caughtBy: `${MEMBER} › is held to no-stream, on a written stream, as number 3 of 5`,
  },
  {
    wrong: 'the expectation of the last member is ignored',
    store: ignoringMembers((index, count) => count > 1 && index === count - 1),
    caughtBy: `${MEMBER} › is held to stream-exists, on a new stream, as number 5 of 5`,
  },
  {
    wrong: 'only the outer members are held to what they expect',
    store: ignoringMembers((index, count) => index > 0 && index < count - 1),
    caughtBy: `${MEMBER} › is held to 1, on a written stream, as number 4 of 5`,
  },
  {
    wrong: 'every member is reported at the position of the last one',
    store: reporting((results) =>
      results.map((it) => ({ ...it, position: results.at(-1)?.position ?? it.position })),
    ),
    caughtBy: `${MEMBER} › is reported with its own revision, position and token`,
  },
  {
    wrong: 'every member is handed the token of the first one',
    store: reporting((results) =>
      results.map((it) => ({ ...it, token: results[0]?.token ?? it.token })),
    ),
    caughtBy: `${MEMBER} › is reported with its own revision, position and token`,
  },
  {
    wrong: 'only the first member is reported as repeated',
    store: reporting((results) =>
      results.map((it, n) => ({ ...it, repeated: it.repeated && n === 0 })),
    ),
    caughtBy: `${MEMBER} › is reported so when it is repeated`,
  },
];
