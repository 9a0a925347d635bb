import type {
  AppendOptions,
  EventReadOptions,
  ExpectedRevision,
  LogReadOptions,
  NewEvent,
  NonEmpty,
  Retention,
  StreamReadOptions,
} from '@everfold/core';
import { changedEach, type Mutant, WrongStore } from './wrong-store.js';

type Counting = (value: number) => number;
const int32: Counting = (value) => Math.max(0, value | 0);
const uint32: Counting = (value) => value >>> 0;
const uint16: Counting = (value) => value & 0xffff;

/** Counts by fewer bits, and leaves what is misuse to the store. */
function counted<T>(value: T, counting: Counting): T {
  return Number.isSafeInteger(value) && Number(value) > 0
    ? (counting(Number(value)) as unknown as T)
    : value;
}

type Direction = NonNullable<EventReadOptions['direction']>;

function limitsBy(counting: Counting, path: 'read' | 'readAll', only: Direction) {
  const change = <O extends EventReadOptions>(options: O): O =>
    (options.direction ?? 'forwards') === only
      ? { ...options, limit: counted(options.limit, counting) }
      : options;
  return class extends WrongStore {
    override read(stream: string, options: StreamReadOptions = {}) {
      return this.inner.read(stream, path === 'read' ? change(options) : options);
    }

    override readAll(options: LogReadOptions = {}) {
      return this.inner.readAll(path === 'readAll' ? change(options) : options);
    }
  };
}

function placesBy(counting: Counting, place: 'from' | 'after', only: Direction) {
  return class extends WrongStore {
    override read(stream: string, options: StreamReadOptions = {}) {
      if ((options.direction ?? 'forwards') !== only) return this.inner.read(stream, options);
      return this.inner.read(stream, { ...options, [place]: counted(options[place], counting) });
    }
  };
}

function expectationsBy(counting: Counting) {
  return class extends WrongStore {
    override append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
      const expected = counted<ExpectedRevision | undefined>(options?.expected, counting);
      return this.inner.append(stream, events, { ...options, expected });
    }
  };
}

function retentionBy(counting: Counting, rule: keyof Retention, least = 0) {
  return class extends WrongStore {
    override setRetention(stream: string, retention: Retention) {
      const value = counted(retention[rule], counting);
      const changed = value === retention[rule] ? value : Math.max(least, value ?? least);
      return this.inner.setRetention(stream, { ...retention, [rule]: changed });
    }
  };
}

function versionsBy(counting: Counting) {
  return class extends WrongStore {
    override read(stream: string, options?: StreamReadOptions) {
      return changedEach(this.inner.read(stream, options), (event) => ({
        ...event,
        version: counting(event.version),
      }));
    }
  };
}

const BITS: readonly (readonly [bits: string, counting: Counting])[] = [
  ['31 bits', int32],
  ['32 bits', uint32],
  ['16 bits', uint16],
];
const DIRECTIONS: readonly Direction[] = ['forwards', 'backwards'];

/** Stores that count by fewer bits than numbers have. */
export const NUMBER_MUTANTS: readonly Mutant[] = BITS.flatMap(([bits, counting]) => [
  ...DIRECTIONS.flatMap((direction) => [
    {
      wrong: `limits have ${bits}, of a stream ${direction}`,
      store: limitsBy(counting, 'read', direction),
      caughtBy: 'large numbers › are limits of reads that yield all',
    },
    {
      wrong: `limits have ${bits}, of the log ${direction}`,
      store: limitsBy(counting, 'readAll', direction),
      caughtBy: 'large numbers › are limits of reads that yield all',
    },
    {
      wrong: `revisions to begin with have ${bits}, ${direction}`,
      store: placesBy(counting, 'from', direction),
      caughtBy: 'large numbers › lie behind every revision',
    },
    {
      wrong: `revisions to begin behind have ${bits}, ${direction}`,
      store: placesBy(counting, 'after', direction),
      caughtBy: 'large numbers › lie behind every revision',
    },
  ]),
  {
    wrong: `expected revisions have ${bits}`,
    store: expectationsBy(counting),
    caughtBy: 'large numbers › are revisions that no stream has reached',
  },
  {
    wrong: `counts of retention have ${bits}`,
    store: retentionBy(counting, 'maxCount', 1),
    caughtBy: 'large numbers › are counts that keep all',
  },
  {
    wrong: `truncation has ${bits}`,
    store: retentionBy(counting, 'truncateBefore'),
    caughtBy: 'large numbers › are revisions before which all is hidden',
  },
  {
    wrong: `ages have ${bits}`,
    store: retentionBy(counting, 'maxAgeMs'),
    caughtBy: 'large numbers › are ages by which events are judged',
  },
  {
    wrong: `versions have ${bits}`,
    store: versionsBy(counting),
    caughtBy: 'large numbers › are versions of events',
  },
]);
