import type { EventClass } from '../event/definition.js';
import { definitionOf } from '../event/definition.js';
import type { EventContext, ProjectionContext } from './context.js';
import type { IdsOf, ProjectionDefinition, ProjectionHandler } from './definition.js';
import { attachDefinition } from './definition.js';
import type { ReadModel } from './read-model.js';

/** The documents that an event concerns: one, several (each once), or none. */
export type DocumentIds = string | readonly string[] | undefined;

/** Where the id of a document comes from. */
export interface Addressed<E, I> {
  /** Pure. Default: the id of the aggregate, what stands behind the dash of the stream's name. */
  readonly id?: ((event: E, context: EventContext) => I) | undefined;
}

/**
 * A named, versioned fold of the log into documents: a read model. Immutable: every method returns a new projection. The same
 * definition is stored (`runConsumers`) or kept in memory (`openLiveProjection`).
 *
 * Folds are pure: they return the next document, change nothing, and ask nobody. Documents are JSON plus `Date`.
 */
export interface Projection<D extends object> {
  readonly name: string;
  /** From 1. */
  readonly version: number;
  /**
   * Says how an event begins a document. When the document is there already, the event fails.
   *
   * @throws TypeError when `event` is no event class, or is handled already.
   */
  start<X extends object>(
    event: EventClass<X>,
    fold: (event: X, context: ProjectionContext) => D,
    options?: Addressed<X, DocumentIds> | undefined,
  ): Projection<D>;
  /**
   * Says how an event changes a document; returning `undefined` removes it. Where there is no document, `initial` makes one; without
   * `initial` the event is passed over and counted.
   *
   * @throws TypeError when `event` is no event class, or is handled already.
   */
  on<X extends object>(
    event: EventClass<X>,
    fold: (document: D, event: X, context: ProjectionContext) => D | undefined,
    options?: Addressed<X, DocumentIds> | undefined,
  ): Projection<D>;
  /**
   * Says which event removes a document; where there is none, nothing happens.
   *
   * @throws TypeError when `event` is no event class, or is handled already.
   */
  remove<X extends object>(
    event: EventClass<X>,
    options?: Addressed<X, DocumentIds> | undefined,
  ): Projection<D>;
}

/** The read model of a projection: `ReadModelOf<typeof accountSummaries>`. */
export type ReadModelOf<P> = P extends Projection<infer D> ? ReadModel<D> : never;

/** Options of {@link projection}. */
export interface ProjectionOptions<D extends object> {
  /** From 1. Raise it whenever handled types, indexes, segments or folds change: the new version is built beside the one in use. */
  readonly version: number;
  /** What `find` may ask for: a field, or a list of fields that are asked for together, equal ones first. Not unique. Default none. */
  readonly indexes?: readonly ((keyof D & string) | readonly (keyof D & string)[])[] | undefined;
  /** Makes a document on its first `.on`. Default: none, so that `.on` without a document is passed over. */
  readonly initial?: ((documentId: string) => D) | undefined;
  /** Into how many parts the work is divided, 1–64; fixed when the version is first run. Default 8. */
  readonly segments?: number | undefined;
  /**
   * When events are written: at `maxEvents` (1–100,000, default 5,000), or when the first has waited for `maxDelayMs` (default 20), or when
   * the end of the log is reached, whichever comes first. Larger batches write hot documents more seldom and take more memory.
   */
  readonly batch?:
    | { readonly maxEvents?: number | undefined; readonly maxDelayMs?: number | undefined }
    | undefined;
  /**
   * What becomes of an event that still fails after `maxAttempts`: `'stop'` (default) stops its segment loudly, `'park'` sets it and
   * what comes behind it for the same document aside, and goes on with everything else.
   */
  readonly onFailure?: 'stop' | 'park' | undefined;
  /** How often a failing event is tried, with growing pauses, 1–100. Default 5. */
  readonly maxAttempts?: number | undefined;
}

/**
 * Begins a projection: `projection<AccountSummary>('account-summaries', { version: 1 }).start(AccountOpened, …).on(…)`.
 *
 * @param name - A letter, then letters, digits, `_`, `.` or `-`, at most 100 characters. It is stored.
 * @throws TypeError when the name or an option is malformed.
 */
export function projection<D extends object>(
  name: string,
  options: ProjectionOptions<D>,
): Projection<D> {
  assertConsumerName(name, 'projection');
  assertOptions(name, options);
  const { version, segments = 8, initial, onFailure = 'stop', maxAttempts = 5 } = options;
  const { maxEvents = 5_000, maxDelayMs = 20 } = options.batch ?? {};
  assertInteger('version', version, 1, Number.MAX_SAFE_INTEGER);
  assertInteger('segments', segments, 1, 64);
  assertInteger('maxAttempts', maxAttempts, 1, 100);
  assertInteger('batch.maxEvents', maxEvents, 1, 100_000);
  assertInteger('batch.maxDelayMs', maxDelayMs, 0, 60_000);
  if (onFailure !== 'stop' && onFailure !== 'park')
    throw new TypeError(`onFailure must be 'stop' or 'park', not ${String(onFailure)}.`);
  return projectionOf<D>({
    name,
    version,
    segments,
    indexes: indexesOf(options.indexes ?? []),
    initial: initial as ProjectionDefinition['initial'],
    batch: { maxEvents, maxDelayMs },
    onFailure,
    maxAttempts,
    handlers: new Map(),
  });
}

const OPTIONS: readonly string[] = [
  'version',
  'indexes',
  'initial',
  'segments',
  'batch',
  'onFailure',
  'maxAttempts',
];

function assertOptions(name: string, options: unknown): asserts options is object {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(
      `Projection '${name}' wants its version: projection(name, { version: 1 }).`,
    );
  const unknown = Object.keys(options).find((key) => !OPTIONS.includes(key));
  if (unknown !== undefined)
    throw new TypeError(
      `Projection '${name}' has no option '${unknown}'; there are: ${OPTIONS.join(', ')}.`,
    );
}

const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/;

/** @internal */
export function assertConsumerName(name: unknown, what: string): asserts name is string {
  if (typeof name === 'string' && NAME.test(name)) return;
  throw new TypeError(
    `The name of a ${what} is a letter, then letters, digits, '_', '.' or '-', at most 100 characters, not ${JSON.stringify(name)}.`,
  );
}

/** @internal */
export function assertInteger(name: string, value: unknown, least: number, most: number): void {
  if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) return;
  throw new TypeError(`${name} must be an integer from ${least} to ${most}, not ${String(value)}.`);
}

function indexesOf(
  declared: readonly (string | readonly string[])[],
): readonly (readonly string[])[] {
  const indexes = declared.map((index) => (typeof index === 'string' ? [index] : [...index]));
  for (const fields of indexes) {
    if (fields.length === 0 || fields.some((field) => typeof field !== 'string' || field === ''))
      throw new TypeError('An index is a field, or a list of one field at least.');
    if (new Set(fields).size < fields.length)
      throw new TypeError(`Index [${fields.join(', ')}] names a field twice.`);
  }
  const unique = new Map(indexes.map((fields) => [JSON.stringify(fields), fields]));
  return [...unique.values()];
}

function projectionOf<D extends object>(definition: ProjectionDefinition): Projection<D> {
  const { name, version } = definition;
  const fold = { name, version } as { -readonly [K in keyof Projection<D>]: Projection<D>[K] };
  fold.start = (event, start, options) => {
    assertFold(event, start);
    const handler = {
      kind: 'start',
      start: start as unknown as ProjectionHandler['start'],
    } as const;
    return projectionOf(withHandler(definition, event, handler, options?.id as IdsOf | undefined));
  };
  fold.on = (event, next, options) => {
    assertFold(event, next);
    const handler = { kind: 'on', fold: next as unknown as ProjectionHandler['fold'] } as const;
    return projectionOf(withHandler(definition, event, handler, options?.id as IdsOf | undefined));
  };
  fold.remove = (event, options) =>
    projectionOf(
      withHandler(definition, event, { kind: 'remove' }, options?.id as IdsOf | undefined),
    );
  return attachDefinition(fold, definition);
}

function assertFold(event: EventClass, fold: unknown): void {
  if (typeof fold !== 'function')
    throw new TypeError(`'${definitionOf(event).type}' needs a fold: a function.`);
}

function withHandler(
  definition: ProjectionDefinition,
  eventClass: EventClass,
  said: Pick<ProjectionHandler, 'kind' | 'start' | 'fold'>,
  ids: IdsOf | undefined,
): ProjectionDefinition {
  const { type, version, aliases } = definitionOf(eventClass);
  if (ids !== undefined && typeof ids !== 'function')
    throw new TypeError(`'${type}': id must be a function that returns document ids.`);
  const handlers = new Map(definition.handlers);
  for (const name of new Set([type, ...aliases])) {
    if (handlers.has(name))
      throw new TypeError(`Projection '${definition.name}' handles '${name}' twice.`);
    handlers.set(name, { ...said, eventClass, version, ids });
  }
  return { ...definition, handlers };
}
