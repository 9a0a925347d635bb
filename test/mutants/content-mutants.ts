import type {
  AppendOptions,
  NewEvent,
  NonEmpty,
  RecordedEvent,
  StreamReadOptions,
} from '@everfold/core';
import { changedEach, type Mutant, WrongStore } from './wrong-store.js';

/** Reads as asked, then changes each event. */
function showing(change: (event: RecordedEvent) => RecordedEvent) {
  return class extends WrongStore {
    override read(stream: string, options?: StreamReadOptions) {
      return changedEach(this.inner.read(stream, options), change);
    }
  };
}

class HandedOutTwice extends WrongStore {
  readonly #shared = new Map<string, RecordedEvent>();

  override read(stream: string, options?: StreamReadOptions) {
    return changedEach(this.inner.read(stream, options), (event) => {
      const shared = this.#shared.get(event.position) ?? event;
      this.#shared.set(event.position, shared);
      return shared;
    });
  }
}

class CallersObjectsKept extends WrongStore {
  readonly #given = new Map<string, NewEvent['data']>();

  override append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
    const appended = this.inner.append(stream, events, options);
    if (Array.isArray(events)) for (const event of events) this.#given.set(event?.id, event?.data);
    return appended;
  }

  override read(stream: string, options?: StreamReadOptions) {
    return changedEach(this.inner.read(stream, options), (event) => ({
      ...event,
      data: this.#given.get(event.id) ?? event.data,
    }));
  }
}

/** Keeps streams under another name than given. */
function naming(rename: (stream: string) => string) {
  return class extends WrongStore {
    override append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
      return this.inner.append(
        typeof stream === 'string' ? rename(stream) : stream,
        events,
        options,
      );
    }

    override read(stream: string, options?: StreamReadOptions) {
      const read = this.inner.read(typeof stream === 'string' ? rename(stream) : stream, options);
      return changedEach(read, (event) => ({ ...event, stream }));
    }
  };
}

function copied(event: RecordedEvent): RecordedEvent {
  const { data } = event;
  if (data === null || typeof data !== 'object' || Array.isArray(data)) return event;
  if (data instanceof Uint8Array) return event;
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(data)) copy[key] = value;
  return { ...event, data: copy as never };
}

function withKnownMetadata(event: RecordedEvent): RecordedEvent {
  const { commandId, commandIndex, commandHash, correlationId, ...rest } = event.metadata;
  const { causationId, actor, tenant, traceparent } = rest;
  const known = { commandId, commandIndex, commandHash, correlationId, causationId, actor };
  const fields = Object.entries({ ...known, tenant, traceparent });
  const metadata = Object.fromEntries(fields.filter(([, value]) => value !== undefined));
  return { ...event, metadata: metadata as never };
}

/** Stores that give back something else than they were given. */
export const CONTENT_MUTANTS: readonly Mutant[] = [
  {
    wrong: 'metadata is cut down to what is known',
    store: showing(withKnownMetadata),
    caughtBy: 'metadata › keeps further fields whole',
  },
  {
    wrong: '__proto__ in data reaches the prototype',
    store: showing(copied),
    caughtBy: 'data › keeps keys that name the parts of a prototype',
  },
  {
    wrong: 'bytes come back as a Buffer',
    store: showing((event) =>
      event.data instanceof Uint8Array ? { ...event, data: Buffer.from(event.data) } : event,
    ),
    caughtBy: 'bytes › keeps bytes as they are',
  },
  {
    wrong: 'the time of recording is rounded to seconds',
    store: showing((event) => ({
      ...event,
      recordedAt: new Date(Math.floor(event.recordedAt.getTime() / 1_000) * 1_000),
    })),
    caughtBy: 'appending › records the time of the injected clock',
  },
  {
    wrong: 'two readers get the same objects',
    store: HandedOutTwice,
    caughtBy: 'objects handed out › may be changed without changing what the next reader gets',
  },
  {
    wrong: 'the caller’s objects are kept',
    store: CallersObjectsKept,
    caughtBy: 'objects handed in › may be changed once an append has resolved',
  },
  {
    wrong: 'a stream name ends at its first NUL',
    store: naming((stream) => stream.replace(/(?<=.)\0.*$/s, '')),
    caughtBy: 'stream names › keeps names with NUL apart from those without',
  },
  {
    wrong: 'stream names are normalised',
    store: naming((stream) => stream.normalize('NFC')),
    caughtBy: 'stream names › keeps names apart that look or sort alike',
  },
];
