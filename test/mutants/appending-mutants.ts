import { setImmediate } from 'node:timers/promises';
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

/** Writes after all what was refused because of an expectation that `ignored` picks. */
function ignoring(ignored: (expected: ExpectedRevision, actual: unknown) => boolean) {
  return class extends WrongStore {
    override async append(
      stream: string,
      events: NonEmpty<NewEvent>,
      options: AppendOptions = {},
    ): Promise<AppendResult> {
      try {
        return await this.inner.append(stream, events, options);
      } catch (error) {
        const { actual } = error as { readonly actual?: unknown };
        if (!(isConflict(error) && ignored(options.expected ?? 'any', actual))) throw error;
        return this.inner.append(stream, events);
      }
    }
  };
}

class LastOfManyLost extends WrongStore {
  override async append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
    if (!(Array.isArray(events) && events.length > 500))
      return this.inner.append(stream, events, options);
    const kept = events.slice(0, -1) as unknown as NonEmpty<NewEvent>;
    const result = await this.inner.append(stream, kept, options);
    return { ...result, revision: result.revision + 1 };
  }
}

class CheckedBeforeAndNotWithTheWrite extends WrongStore {
  override async append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
    if (typeof options?.expected !== 'number') return this.inner.append(stream, events, options);
    let last = -1;
    for await (const { revision } of this.inner.read(stream)) last = revision;
    if (last !== options.expected) return this.inner.append(stream, events, options);
    await setImmediate();
    return this.inner.append(stream, events);
  }
}

class ConflictReportedAfterWriting extends WrongStore {
  override async append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
    try {
      return await this.inner.append(stream, events, options);
    } catch (error) {
      if (isConflict(error)) await this.inner.append(stream, events);
      throw error;
    }
  }
}

class BadEventRefusedAfterWritingTheOthers extends WrongStore {
  override async append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
    try {
      return await this.inner.append(stream, events, options);
    } catch (error) {
      const { code } = error as { readonly code?: unknown };
      if (code === 'UNSERIALIZABLE_EVENT' && events.length > 1)
        await this.inner.append(stream, events.slice(0, -1) as unknown as NonEmpty<NewEvent>);
      throw error;
    }
  }
}

class PrefixNotRecognised extends WrongStore {
  readonly #whole = new Map<string, number>();

  override async append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
    const result = await this.inner.append(stream, events, options);
    const key = `${stream} ${events[0].id} ${result.revision - events.length + 1}`;
    if (!result.repeated) this.#whole.set(key, events.length);
    else if (events.length < (this.#whole.get(key) ?? 0))
      await this.inner.append(stream, events, { expected: 999_999 });
    return result;
  }
}

/** Says that an append was repeated when `same` holds for the ids given and those in the stream. */
function takingForRepeated(same: (given: readonly string[], stored: readonly string[]) => boolean) {
  return class extends WrongStore {
    override async append(
      stream: string,
      events: NonEmpty<NewEvent>,
      options?: AppendOptions,
    ): Promise<AppendResult> {
      try {
        return await this.inner.append(stream, events, options);
      } catch (error) {
        const stored = isConflict(error) ? await eventsIn(this.inner, stream) : [];
        const last = stored.at(-1);
        if (last === undefined || !same(idsOf(events), idsOf(stored))) throw error;
        const { revision, position } = last;
        const token = createToken(await this.inner.identity(), position);
        return { revision, position, token, repeated: true };
      }
    }
  };
}

async function eventsIn(store: EventStore, stream: string): Promise<readonly RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  for await (const event of store.read(stream)) found.push(event);
  return found;
}

function idsOf(events: readonly { readonly id: string }[]): string[] {
  return events.map(({ id }) => id);
}

class RepeatWrittenAgain extends WrongStore {
  override async append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
    const result = await this.inner.append(stream, events, options);
    if (!result.repeated) return result;
    await this.inner.append(stream, events);
    return result;
  }
}

class SameIdsNeverAgain extends WrongStore {
  readonly #known = new Map<string, AppendResult>();

  protected keyOf(stream: string, events: readonly NewEvent[]): string {
    return `${stream} ${events.map(({ id }) => id).join()}`;
  }

  override async append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
    const known = Array.isArray(events) ? this.#known.get(this.keyOf(stream, events)) : undefined;
    if (known !== undefined && options?.expected === known.revision)
      return { ...known, repeated: true };
    const result = await this.inner.append(stream, events, options);
    this.#known.set(this.keyOf(stream, events), result);
    return result;
  }
}

class SameIdsNeverInAnotherStream extends WrongStore {
  readonly #known = new Map<string, AppendResult>();

  override async append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
    const known = this.#known.get(events?.[0]?.id);
    const isNew = options?.expected === 'no-stream' && (await this.#isEmpty(stream));
    if (known !== undefined && isNew) return { ...known, repeated: true };
    const result = await this.inner.append(stream, events, options);
    this.#known.set(events[0].id, result);
    return result;
  }

  async #isEmpty(stream: string): Promise<boolean> {
    for await (const _ of this.inner.read(stream, { limit: 1 })) return false;
    return true;
  }
}

class SeveralStreamsOneByOne extends WrongStore {
  override async appendToStreams(appends: NonEmpty<StreamAppend>) {
    const results: AppendResult[] = [];
    if (new Set(appends?.map?.(({ stream }) => stream)).size !== appends?.length || !appends[0])
      return this.inner.appendToStreams(appends);
    for (const { stream, events, expected } of appends)
      results.push(await this.inner.append(stream, events, { expected }));
    return results;
  }
}

class SeveralStreamsReordered extends WrongStore {
  override async appendToStreams(appends: NonEmpty<StreamAppend>) {
    if (!Array.isArray(appends)) return this.inner.appendToStreams(appends);
    const sorted = appends.toSorted((a, b) => (String(a.stream) < String(b.stream) ? -1 : 1));
    const results = await this.inner.appendToStreams(sorted as unknown as NonEmpty<StreamAppend>);
    return appends.map((append) => results[sorted.indexOf(append)] as AppendResult);
  }
}

class OneByteMore extends WrongStore {
  override get capabilities() {
    return {
      ...this.inner.capabilities,
      maxAppendBytes: this.inner.capabilities.maxAppendBytes - 1,
    };
  }
}

/** Stores that write what they must not, or not what they must. */
export const APPENDING_MUTANTS: readonly Mutant[] = [
  {
    wrong: 'the last event of a large append is lost',
    store: LastOfManyLost,
    caughtBy: 'appending › keeps every event of one large append',
  },
  {
    wrong: "'no-stream' is ignored",
    store: ignoring((expected) => expected === 'no-stream'),
    caughtBy: 'racing writers › lets one of many win a stream that never was',
  },
  {
    wrong: "'stream-exists' is ignored",
    store: ignoring((expected) => expected === 'stream-exists'),
    caughtBy: 'expecting, on a deleted stream › conflicts, naming deleted, at stream-exists',
  },
  {
    wrong: 'an exact revision is ignored',
    store: ignoring((expected) => typeof expected === 'number'),
    caughtBy: 'racing writers › lets one of many win at a later revision',
  },
  {
    wrong: 'revision 0 is read as no expectation',
    store: ignoring((expected) => expected === 0),
    caughtBy: 'racing writers › lets one of many win at revision 0',
  },
  {
    wrong: 'a revision beyond the end is accepted',
    store: ignoring((expected, actual) => Number(expected) > Number(actual)),
    caughtBy: 'expecting, on a live stream › conflicts, naming 2, at 7',
  },
  {
    wrong: 'the expectation is checked before the write, not with it',
    store: CheckedBeforeAndNotWithTheWrite,
    caughtBy: 'racing writers › lets one of many win at revision 0',
  },
  {
    wrong: 'a conflict is reported after writing',
    store: ConflictReportedAfterWriting,
    caughtBy: 'racing writers › leaves no event of a loser in the log',
  },
  {
    wrong: 'a bad event is refused after the others were written',
    store: BadEventRefusedAfterWritingTheOthers,
    caughtBy: 'what JSON would change › refuses the whole append for one bad value',
  },
  {
    wrong: 'the beginning of what stands there is no repeat',
    store: PrefixNotRecognised,
    caughtBy: 'appending again › takes the beginning of what stands at no-stream',
  },
  {
    wrong: 'more than what stands there is taken for a repeat',
    store: takingForRepeated(
      (given, stored) => stored.length > 0 && stored.every((id, n) => given[n] === id),
    ),
    caughtBy: 'appending again › refuses what stands there and more behind it',
  },
  {
    wrong: 'the ids reordered are taken for a repeat',
    store: takingForRepeated(
      (given, stored) => given.toSorted().join() === stored.toSorted().join(),
    ),
    caughtBy: 'appending again › refuses the ids reordered',
  },
  {
    wrong: 'a repeat is written again',
    store: RepeatWrittenAgain,
    caughtBy: 'appending again › returns the first result at no-stream and writes nothing',
  },
  {
    wrong: 'known ids are not appended at the current revision',
    store: SameIdsNeverAgain,
    caughtBy: 'appending known ids › appends known ids again at the current revision',
  },
  {
    wrong: 'known ids are not appended to another stream',
    store: SameIdsNeverInAnotherStream,
    caughtBy: 'appending known ids › appends ids that stand in another stream',
  },
  {
    wrong: 'an append to several streams is written one by one',
    store: SeveralStreamsOneByOne,
    caughtBy: 'appending to several streams › writes nothing when one member conflicts',
  },
  {
    wrong: 'an append to several streams is written in another order',
    store: SeveralStreamsReordered,
    caughtBy: 'appending to several streams › reaches subscriptions whole and in order',
  },
  {
    wrong: 'an append may be one byte larger than declared',
    store: OneByteMore,
    caughtBy: 'sizes › refuses an event of one byte more',
  },
];
