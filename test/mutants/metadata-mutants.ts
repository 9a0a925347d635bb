import type {
  AppendOptions,
  Json,
  Metadata,
  NewEvent,
  NonEmpty,
  RecordedEvent,
  StreamReadOptions,
} from '@everfold/core';
import { changedEach, type Mutant, WrongStore } from './wrong-store.js';

type Field = readonly [key: string, value: unknown];
/** What becomes of a field: itself, another value, or nothing. */
type Change = (value: unknown, key: string) => unknown;
const DROPPED = Symbol('dropped');

/** Keeps metadata whose fields are changed. */
function metadataWith(change: Change) {
  return showing((event) => ({
    ...event,
    metadata: fromFields(
      Object.entries(event.metadata)
        .map(([key, value]): Field => [key, change(value, key)])
        .filter(([, value]) => value !== DROPPED),
    ) as unknown as Metadata,
  }));
}

/** Keeps data in which each value is changed, at every depth; objects come last. */
function dataWith(change: Change) {
  const deep = (value: unknown, key: string): unknown => {
    if (Array.isArray(value))
      return change(
        value.map((it) => deep(it, '')),
        key,
      );
    if (value === null || typeof value !== 'object') return change(value, key);
    const fields = Object.entries(value).map(([name, it]): Field => [name, deep(it, name)]);
    return change(fromFields(fields.filter(([, it]) => it !== DROPPED)), key);
  };
  return showing((event) =>
    event.data instanceof Uint8Array ? event : { ...event, data: deep(event.data, '') as Json },
  );
}

/** Unlike assignment, a property named `__proto__` stays one. */
function fromFields(fields: readonly Field[]): object {
  return Object.fromEntries(fields);
}

function showing(change: (event: RecordedEvent) => RecordedEvent) {
  return class extends WrongStore {
    override read(stream: string, options?: StreamReadOptions) {
      return changedEach(this.inner.read(stream, options), change);
    }
  };
}

/** Repairs what should be refused. */
class LoneSurrogatesReplaced extends WrongStore {
  override append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
    if (!Array.isArray(events)) return this.inner.append(stream, events, options);
    const repaired = events.map((event) => ({ ...event, metadata: wellFormed(event?.metadata) }));
    return this.inner.append(stream, repaired as unknown as NonEmpty<NewEvent>, options);
  }
}

function wellFormed(metadata: unknown): unknown {
  if (metadata === null || typeof metadata !== 'object' || Array.isArray(metadata)) return metadata;
  const repaired: Record<PropertyKey, unknown> = { ...metadata };
  for (const [key, value] of Object.entries(metadata))
    if (typeof value === 'string') repaired[key] = value.toWellFormed();
  return repaired;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const inTexts =
  (change: (text: string) => string): Change =>
  (value) =>
    isText(value) ? change(value) : value;
const inNumbers =
  (change: (value: number) => unknown): Change =>
  (value) =>
    typeof value === 'number' ? change(value) : value;
const dropping =
  (drops: (value: unknown) => boolean): Change =>
  (value) =>
    drops(value) ? DROPPED : value;
const isEmpty = (value: unknown) =>
  value !== null && typeof value === 'object' && Object.keys(value).length === 0;
const sortedKeys: Change = (value) =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? fromFields(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

type Wrong = readonly [wrong: string, change: Change, sentence: string];
const WITHIN = 'alone and within';

/** Wrong in metadata and in data alike. */
const EITHER: readonly Wrong[] = [
  ['NUL ends a text', inTexts((text) => text.replace(/\0.*$/s, '')), 'keeps NUL'],
  ['texts are composed', inTexts((text) => text.normalize('NFC')), 'keeps composed and decomposed'],
  ['texts are trimmed', inTexts((text) => text.trim()), 'keeps space at both ends'],
  [
    'line ends are unified',
    inTexts((text) => text.replace(/\r\n?/g, '\n')),
    'keeps every kind of line',
  ],
  [
    'a byte order mark is dropped',
    inTexts((text) => text.replace(/^\ufeff/, '')),
    'keeps a byte order',
  ],
  ['dates are written anew', inTexts(asDate), 'keeps what looks like a date'],
  [
    'an empty text is null',
    inTexts((text) => (text === '' ? (null as never) : text)),
    'keeps an empty text',
  ],
  ['JSON in a text is parsed', inTexts(asJson), 'keeps what looks like JSON'],
  ['numbers are rounded', inNumbers(Math.round), 'keeps a fraction'],
  ['numbers are texts', inNumbers(String), 'keeps a negative number'],
  [
    'numbers have 32 bits',
    inNumbers((it) => (Number.isSafeInteger(it) ? it | 0 : it)),
    'keeps a number of more than 32',
  ],
  [
    'an empty list is an empty object',
    (it) => (Array.isArray(it) && it.length === 0 ? {} : it),
    'keeps an empty array',
  ],
  ['booleans are numbers', (it) => (typeof it === 'boolean' ? Number(it) : it), 'keeps false'],
];

/** Fields that are dropped: those of metadata stand at its top, those of data within. */
const DROPPING: readonly Wrong[] = [
  ['null is dropped', dropping((it) => it === null), 'keeps null'],
  ['false is dropped', dropping((it) => it === false), 'keeps false'],
  ['0 is dropped', dropping((it) => it === 0), 'keeps 0'],
  ['an empty text is dropped', dropping((it) => it === ''), 'keeps an empty text'],
  ['what is empty is dropped', dropping(isEmpty), 'keeps an empty object'],
];

/** Nothing is a date that is no date. */
function asDate(text: string): string {
  return /^\d{4}-\d\d-\d\dT/.test(text) ? new Date(text).toISOString() : text;
}

function asJson(text: string): string {
  return text.startsWith('{') ? (JSON.parse(text) as never) : text;
}

/** Stores that keep metadata and data nearly whole. */
export const METADATA_MUTANTS: readonly Mutant[] = [
  ...[...EITHER, ...DROPPING].map(([wrong, change, sentence]) => ({
    wrong: `in a field of metadata, ${wrong}`,
    store: metadataWith(change),
    caughtBy: `metadata › ${sentence}`,
  })),
  ...EITHER.map(([wrong, change, sentence]) => ({
    wrong: `in data, ${wrong}`,
    store: dataWith(change),
    caughtBy: `data › ${sentence}`,
  })),
  ...[
    ['null', null] as const,
    ['false', false] as const,
    ['0', 0] as const,
    ['an empty text', ''] as const,
  ].map(([name, dropped]) => ({
    wrong: `a property of data that is ${name} is dropped`,
    store: dataWith((value, key) => (value === dropped && key === 'first' ? DROPPED : value)),
    caughtBy: `data › keeps ${name}, ${WITHIN}`,
  })),
  {
    wrong: 'index 0 of a command is dropped',
    store: metadataWith((value, key) => (key === 'commandIndex' && value === 0 ? DROPPED : value)),
    caughtBy: 'metadata › keeps index 0 of a command',
  },
  {
    wrong: 'the actor is written in lower case',
    store: metadataWith((value, key) =>
      key === 'actor' && isText(value) ? value.toLowerCase() : value,
    ),
    caughtBy: 'metadata › keeps upper and lower case in every text that it defines',
  },
  {
    wrong: 'the fields of metadata are sorted',
    store: showing((event) => ({
      ...event,
      metadata: sortedKeys(event.metadata, '') as unknown as Metadata,
    })),
    caughtBy: 'metadata › keeps the order of fields, at every depth',
  },
  {
    wrong: 'the properties of data are sorted',
    store: dataWith(sortedKeys),
    caughtBy: 'data › keeps the order of properties, at every depth',
  },
  {
    wrong: 'lone surrogates in metadata are replaced',
    store: LoneSurrogatesReplaced,
    caughtBy: 'what JSON would change › refuses a text with a lone surrogate in metadata',
  },
];
