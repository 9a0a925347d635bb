import type {
  LogReadOptions,
  Metadata,
  Position,
  RecordedEvent,
  StreamReadOptions,
  SubscribeOptions,
} from '@everfold/core';
import { changedEach, followed, type Mutant, WrongStore } from './wrong-store.js';

type Change = (event: RecordedEvent) => RecordedEvent;
/** The paths to an event, and the behaviour that looks at each. */
const PATHS = {
  'reads of a stream': 'a read of the log backwards',
  'reads of a stream backwards': 'a read of its stream backwards',
  'reads of the log': 'a read of the log',
  'reads of the log backwards': 'a read of the log backwards',
  'subscriptions that catch up': 'a subscription that catches up',
  'subscriptions that are live': 'a subscription that is live',
} as const;
type Path = keyof typeof PATHS;

/** Changes events on one path only. */
function showingOn(path: Path, change: Change) {
  const on = (name: Path): Change => (name === path ? change : (event) => event);
  return class extends WrongStore {
    override read(stream: string, options?: StreamReadOptions) {
      const back = options?.direction === 'backwards';
      return changedEach(
        this.inner.read(stream, options),
        on(back ? 'reads of a stream backwards' : 'reads of a stream'),
      );
    }

    override readAll(options?: LogReadOptions) {
      const back = options?.direction === 'backwards';
      return changedEach(
        this.inner.readAll(options),
        on(back ? 'reads of the log backwards' : 'reads of the log'),
      );
    }

    override subscribe(options?: SubscribeOptions) {
      return followed(this.inner, options, async function* (batches) {
        let live = false;
        for await (const batch of batches) {
          const now = on(live ? 'subscriptions that are live' : 'subscriptions that catch up');
          live ||= batch.caughtUp;
          yield { ...batch, events: batch.events.map(now) };
        }
      });
    }
  };
}

function without(field: string): Change {
  return (event) => {
    const kept = Object.entries(event.metadata).filter(([key]) => key !== field);
    return { ...event, metadata: Object.fromEntries(kept) as unknown as Metadata };
  };
}

const CHANGES: Readonly<Record<string, Change>> = {
  'the id is lost': (event) => ({ ...event, id: '00000000-0000-4000-8000-000000000000' }),
  'the type is cut': (event) => ({ ...event, type: event.type.slice(0, 9) }),
  'the version is always 1': (event) => ({ ...event, version: 1 }),
  'bytes are lost': (event) =>
    event.data instanceof Uint8Array ? { ...event, data: new Uint8Array() } : event,
  'long data is lost': (event) =>
    JSON.stringify(event.data).length > 30_000 ? { ...event, data: {} } : event,
  'the stream is its category': (event) => ({ ...event, stream: event.stream.split('-')[0] ?? '' }),
  'the revision counts from 1': (event) => ({ ...event, revision: event.revision + 1 }),
  'the position is another': (event) => ({ ...event, position: `${event.position}0` as Position }),
  'the time of recording is the time of reading': (event) => ({
    ...event,
    recordedAt: new Date(0),
  }),
  'the correlation is lost': without('correlationId'),
  'the cause is lost': without('causationId'),
  'the command is lost': without('commandId'),
  'the place in the command is lost': without('commandIndex'),
  'the hash of the command is lost': without('commandHash'),
  'the actor is lost': without('actor'),
  'the tenant is lost': without('tenant'),
  'the trace is lost': without('traceparent'),
  'further metadata is lost': without('$own'),
};

/** Stores that show an event as it is on all paths but one. */
export const PATH_MUTANTS: readonly Mutant[] = (Object.keys(PATHS) as Path[]).flatMap((path) =>
  Object.entries(CHANGES).map(([wrong, change]) => ({
    wrong: `${wrong} in ${path}`,
    store: showingOn(path, change),
    caughtBy: `an event › is the same on every path: ${PATHS[path]}`,
  })),
);
