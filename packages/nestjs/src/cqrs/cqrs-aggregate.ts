import type { EventClass } from '@everfold/core';
import { assertCategory, definitionOfEvent, EventType, eventRegistry } from '@everfold/core';
import type { Type } from '@nestjs/common';
import { DURABLE } from './aggregate-root.js';

/** Options of {@link cqrsAggregate}. */
export interface CqrsAggregateOptions<A extends object> {
  /**
   * The classes of all events that the aggregate applies, by the names under which they are stored. A name is stored for ever:
   * it stays when a class is renamed.
   */
  readonly events: Readonly<Record<string, EventClass>>;
  /** Makes an aggregate before its first event. Default: `new Aggregate(id)`. */
  readonly create?: ((id: string) => A) | undefined;
  /**
   * Methods of the form `on…` that fold no event. Handlers are found by the names of event classes, so that one that fits none
   * beside an event that has none is taken for a class that was renamed, or minified. Default: none.
   */
  readonly notHandlers?: readonly string[] | undefined;
  /** The id of an aggregate: a text, which the name of its stream ends with. Default: its field `id`, as text. */
  idOf?(aggregate: A): string;
}

/** An aggregate written for `@nestjs/cqrs`, made durable: for `EverfoldModule.forFeature`. Made by {@link cqrsAggregate}. */
export interface CqrsAggregate<A extends object> {
  /** What stands before the dash in the names of its streams. */
  readonly category: string;
  /** The class, which stands for the aggregate in `@InjectAggregate`. */
  readonly aggregate: Type<A>;
  /** As they were given. */
  readonly options: CqrsAggregateOptions<A>;
}

const MADE = Symbol.for('everfold.nestjs.cqrs-aggregate-feature');

/**
 * Makes an aggregate that was written for `@nestjs/cqrs` durable: `forFeature([cqrsAggregate('hero', Hero, { events })])`. Its
 * repository is a {@link CommitRepository}, injected by `@InjectAggregate(Hero)` or `getAggregateToken(Hero)`.
 *
 * @param category - A letter, then letters, digits, `_` or `.`; it is stored in the names of streams.
 * @param aggregate - Extends `AggregateRoot` of `@everfold/nestjs/cqrs`; its methods `on<EventClass>` fold.
 * @throws TypeError when the category is malformed, no event is named, a class has another stored name already, or a handler
 * fits no event.
 */
export function cqrsAggregate<A extends object>(
  category: string,
  // biome-ignore lint/suspicious/noExplicitAny: whatever its constructor takes, `create` makes it
  aggregate: new (...args: any[]) => A,
  options: CqrsAggregateOptions<A>,
): CqrsAggregate<A> {
  assertCategory(category);
  assertDurable(category, aggregate);
  const given = (options as CqrsAggregateOptions<A> | undefined)?.events;
  const events = Object.entries(given ?? {});
  if (events.length === 0)
    throw new TypeError(
      `cqrsAggregate('${category}') names no events: { events: { '${category}.opened': Opened } }.`,
    );
  for (const [type, eventClass] of events) name(type, eventClass);
  assertHandlersFit(aggregate, options);
  const feature: CqrsAggregate<A> = { category, aggregate, options };
  Object.defineProperty(feature, MADE, { value: true });
  return feature;
}

/** @internal Whether a value was made by {@link cqrsAggregate}, by whichever copy of this package. */
export function isCqrsAggregate(value: unknown): value is CqrsAggregate<object> {
  return typeof value === 'object' && value !== null && MADE in value;
}

/** Gives a class its stored name, unless it has that one already. */
function name(type: string, eventClass: EventClass): void {
  if (typeof eventClass !== 'function')
    throw new TypeError(`The event '${type}' has ${String(eventClass)} for a class.`);
  const present = definitionOfEvent(Object.create(eventClass.prototype as object))?.type;
  if (present === type) return;
  if (present !== undefined && isItsOwn(eventClass, present))
    throw new TypeError(
      `${eventClass.name} is stored as '${present}': it cannot be '${type}' too. Name it so, or give it an alias.`,
    );
  EventType(type)(eventClass);
}

/** Whether a stored name is the class's own, and not that of a class that it extends. */
function isItsOwn(eventClass: EventClass, type: string): boolean {
  const known = eventRegistry().find(type);
  return 'type' in eventClass || known.some((at) => at.eventClass === eventClass);
}

function assertDurable(category: string, aggregate: unknown): void {
  const prototype: unknown =
    typeof aggregate === 'function' ? (aggregate.prototype as unknown) : undefined;
  if (typeof prototype === 'object' && prototype !== null && DURABLE in prototype) return;
  throw new TypeError(
    `cqrsAggregate('${category}', …): ${nameOfClass(aggregate)} does not extend AggregateRoot of '@everfold/nestjs/cqrs'. Import it from ` +
      "there, in place of '@nestjs/cqrs'.",
  );
}

function nameOfClass(aggregate: unknown): string {
  return typeof aggregate === 'function' ? aggregate.name : String(aggregate);
}

/** What a minifier has renamed would else be folded by nobody, and decided on as if it had not happened. */
function assertHandlersFit(
  aggregate: { readonly name: string; readonly prototype: object },
  { events, notHandlers = [] }: Pick<CqrsAggregateOptions<object>, 'events' | 'notHandlers'>,
): void {
  const fitting = new Set(Object.values(events).map((eventClass) => `on${eventClass.name}`));
  const handlers = methodsOf(aggregate.prototype).filter((method) => /^on[A-Z]/.test(method));
  if ([...fitting].every((handler) => handlers.includes(handler))) return;
  const [stray] = handlers.filter(
    (handler) => !fitting.has(handler) && !notHandlers.includes(handler),
  );
  if (stray !== undefined)
    throw new TypeError(
      `${aggregate.name}.${stray} folds no event: no class in 'events' is called '${stray.slice(2)}'. Handlers are found by the names ` +
        'of classes: when one was renamed, rename its handler; when a minifier did it, let it keep class names (esbuild: keepNames, ' +
        `terser: keep_classnames); when it is no handler, say { notHandlers: ['${stray}'] }.`,
    );
}

function methodsOf(prototype: object): readonly string[] {
  const names: string[] = [];
  for (
    let at: object | null = prototype;
    at !== null && at !== Object.prototype;
    at = Reflect.getPrototypeOf(at)
  )
    names.push(...Object.getOwnPropertyNames(at));
  return names;
}
