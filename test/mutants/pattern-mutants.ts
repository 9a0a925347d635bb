import {
  categoryOf,
  type EventFilter,
  type EventStream,
  eventStream,
  type LogReadOptions,
  type RecordedEvent,
  type StreamReadOptions,
  type SubscribeOptions,
} from '@everfold/core';
import { followed, type Mutant, WrongStore } from './wrong-store.js';

/** Whether a name passes for one that a filter names. */
type Passes = (name: string, named: string) => boolean;
type Path = 'read' | 'readAll' | 'subscribe';

/** Finds types or categories by another equality, on one path. */
function finding(part: 'types' | 'categories', path: Path, passes: Passes) {
  const isWanted = (filter: EventFilter) => {
    const names = filter[part] ?? [];
    const nameOf = ({ type, stream }: RecordedEvent) =>
      part === 'types' ? type : categoryOf(stream);
    return (event: RecordedEvent) => {
      const name = nameOf(event);
      return name !== undefined && names.some((named) => passes(name, named));
    };
  };
  return class extends WrongStore {
    override read(stream: string, options: StreamReadOptions = {}) {
      return this.#found('read', options, (rest) => this.inner.read(stream, rest));
    }

    override readAll(options: LogReadOptions = {}) {
      return this.#found('readAll', options, (rest) => this.inner.readAll(rest));
    }

    override subscribe(options: SubscribeOptions = {}) {
      const { filter } = options;
      if (path !== 'subscribe' || filter === undefined || !isList(filter[part]))
        return this.inner.subscribe(options);
      const wanted = isWanted(filter);
      const rest = { ...options, filter: { ...filter, [part]: undefined } };
      return followed(this.inner, rest, async function* (batches) {
        for await (const batch of batches) yield { ...batch, events: batch.events.filter(wanted) };
      });
    }

    #found<O extends LogReadOptions | StreamReadOptions>(
      on: Path,
      options: O,
      read: (options: O) => EventStream,
    ): EventStream {
      const { filter, limit = Number.POSITIVE_INFINITY } = options;
      if (on !== path || filter === undefined || !isList(filter[part])) return read(options);
      const wanted = isWanted(filter);
      const rest = { ...options, limit: undefined, filter: { ...filter, [part]: undefined } };
      return eventStream(async function* () {
        const found: RecordedEvent[] = [];
        for await (const event of read(rest)) if (wanted(event)) found.push(event);
        if (found.length > 0 && limit > 0) yield found.slice(0, limit);
      }, options.signal);
    }
  };
}

function isList(names: unknown): names is readonly string[] {
  return Array.isArray(names) && names.every((name) => typeof name === 'string');
}

function matches(name: string, pattern: string, flags: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, flags).test(name);
  } catch {
    return name === pattern;
  }
}

function like(name: string, pattern: string): boolean {
  const expression = pattern
    .replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return matches(name, expression, 's');
}

function globbing(name: string, pattern: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\/]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return matches(name, expression, 's');
}

const alike =
  (form: (name: string) => string): Passes =>
  (name, named) =>
    form(name) === form(named);
const collator = new Intl.Collator('en', { sensitivity: 'base' });

const EQUALITIES: readonly (readonly [wrong: string, passes: Passes])[] = [
  ['are regular expressions', (name, named) => matches(name, named, 's')],
  ['are patterns of LIKE', like],
  ['are patterns of a shell', globbing],
  ['end before their spaces', alike((name) => name.replace(/ +$/, ''))],
  ['are trimmed', alike((name) => name.trim())],
  ['count in any case', alike((name) => name.toLowerCase())],
  ['are normalised', alike((name) => name.normalize('NFC'))],
  ['are normalised for compatibility', alike((name) => name.normalize('NFKC'))],
  ['end at NUL', alike((name) => name.replace(/\0.*$/s, ''))],
  ['are lists with commas', (name, named) => named === name || named.split(',').includes(name)],
  ['are compared by a collation', (name, named) => collator.compare(name, named) === 0],
  [
    'are compared as bytes of Latin-1',
    alike((name) => Buffer.from(name, 'latin1').toString('hex')),
  ],
];
const PATHS: readonly Path[] = ['readAll', 'read', 'subscribe'];

/** Stores whose filters find names that are only alike. */
export const PATTERN_MUTANTS: readonly Mutant[] = EQUALITIES.flatMap(([wrong, passes]) => [
  ...PATHS.map((path) => ({
    wrong: `to ${path}(), types of a filter ${wrong}`,
    store: finding('types', path, passes),
    caughtBy: 'filtering › takes each character of a type for itself',
  })),
  ...(['readAll', 'subscribe'] as const).map((path) => ({
    wrong: `to ${path}(), categories of a filter ${wrong}`,
    store: finding('categories', path, passes),
    caughtBy: 'filtering › takes each character of a category for itself',
  })),
]);
