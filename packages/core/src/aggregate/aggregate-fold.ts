import type { EventClass } from '../event/definition.js';
import { definitionOf } from '../event/definition.js';
import { assertCategory } from '../event-store/stream-name.js';
import type { AggregateContext } from './aggregate-context.js';

/**
 * An aggregate as a pure fold: how its state follows from the events of its stream. Immutable: every method returns a new
 * fold. Made by {@link aggregate}.
 */
export interface AggregateFold<S, E extends object> {
  /** What stands before the dash in the names of its streams. */
  readonly category: string;
  /**
   * Says how an event changes the state. It is also called for events stored under an alias or in an older version, which
   * arrive in the present one.
   *
   * @param fold - Pure: returns the next state, changes nothing, asks nobody. It runs before the append and at each load.
   * @throws TypeError when `event` is no event class, or its stored name is handled or ignored already.
   */
  on<X extends object>(
    event: EventClass<X>,
    fold: (state: S, event: X, context: AggregateContext) => S,
  ): AggregateFold<S, E | X>;
  /**
   * Names stored types that this fold may pass over; any other that it does not know is an error when it is met.
   *
   * @throws TypeError when a type is handled already.
   */
  ignore(...types: readonly string[]): AggregateFold<S, E>;
}

/** Options of {@link aggregate}. */
export interface AggregateFoldOptions<S> {
  /** Makes the state before the first event. */
  readonly initial: () => S;
  /**
   * Raise it when the same events lead to another state than before: older snapshots are then passed over. Handled types and
   * their versions count by themselves. Default 1.
   */
  readonly schemaVersion?: number | undefined;
}

/** @internal How one stored type is folded. */
export interface FoldHandler<S> {
  readonly eventClass: EventClass;
  readonly version: number;
  readonly fold: (state: S, event: object, context: AggregateContext) => S;
}

/** @internal What a fold consists of. */
export interface FoldDefinition<S> {
  readonly category: string;
  readonly schemaVersion: number;
  readonly initial: () => S;
  /** By stored name, aliases included. */
  readonly handlers: ReadonlyMap<string, FoldHandler<S>>;
  readonly ignored: ReadonlySet<string>;
  /** Whether a type that has a class, but no handler, is passed over: classes may raise what their state does not need. */
  readonly passesRegistered: boolean;
}

const DEFINITION = Symbol.for('everfold.aggregate-fold');

/**
 * Begins an aggregate: `aggregate('account', { initial }).on(MoneyDeposited, (state, event) => next)`.
 *
 * @param category - The category of its streams: a letter, then letters, digits, `_` or `.`.
 * @throws TypeError when the category or the schema version is malformed.
 */
export function aggregate<S>(
  category: string,
  { initial, schemaVersion = 1 }: AggregateFoldOptions<S>,
): AggregateFold<S, never> {
  assertCategory(category);
  assertSchemaVersion(schemaVersion);
  return foldOf({
    category,
    schemaVersion,
    initial,
    handlers: new Map(),
    ignored: new Set(),
    passesRegistered: false,
  });
}

/** @internal */
export function assertSchemaVersion(schemaVersion: unknown): void {
  if (!Number.isSafeInteger(schemaVersion) || Number(schemaVersion) < 1)
    throw new TypeError(`schemaVersion must be an integer from 1, not ${String(schemaVersion)}.`);
}

/** @internal Whether a value was made by {@link aggregate}, by whichever copy of this package. */
export function isAggregateFold(value: unknown): value is AggregateFold<unknown, object> {
  return typeof value === 'object' && value !== null && DEFINITION in value;
}

/** @internal */
export function foldDefinition<S>(fold: AggregateFold<S, object>): FoldDefinition<S> {
  return (fold as unknown as { readonly [DEFINITION]: FoldDefinition<S> })[DEFINITION];
}

/** @internal */
export function foldOf<S, E extends object>(definition: FoldDefinition<S>): AggregateFold<S, E> {
  const fold: AggregateFold<S, E> = {
    category: definition.category,
    on: (event, next) => foldOf(withHandler(definition, event, next as FoldHandler<S>['fold'])),
    ignore: (...types) => foldOf(withIgnored(definition, types)),
  };
  Object.defineProperty(fold, DEFINITION, { value: definition });
  return fold;
}

function withHandler<S>(
  definition: FoldDefinition<S>,
  eventClass: EventClass,
  fold: FoldHandler<S>['fold'],
): FoldDefinition<S> {
  const { type, version, aliases } = definitionOf(eventClass);
  if (typeof fold !== 'function') throw new TypeError(`'${type}' needs a fold: a function.`);
  const handlers = new Map(definition.handlers);
  for (const name of new Set([type, ...aliases])) {
    assertFree(definition, name);
    handlers.set(name, { eventClass, version, fold });
  }
  return { ...definition, handlers };
}

function assertFree<S>({ category, handlers, ignored }: FoldDefinition<S>, name: string): void {
  if (handlers.has(name)) throw new TypeError(`Aggregate '${category}' handles '${name}' twice.`);
  if (ignored.has(name))
    throw new TypeError(`Aggregate '${category}' both handles and ignores '${name}'.`);
}

function withIgnored<S>(
  definition: FoldDefinition<S>,
  types: readonly string[],
): FoldDefinition<S> {
  for (const type of types)
    if (definition.handlers.has(type))
      throw new TypeError(`Aggregate '${definition.category}' both handles and ignores '${type}'.`);
  return { ...definition, ignored: new Set([...definition.ignored, ...types]) };
}
