import { classNameOf } from '../class-of.js';
import type { EventClass } from '../event/definition.js';
import { definitionOf } from '../event/definition.js';
import { assertCategory } from '../event-store/stream-name.js';
import type { ReactorContext } from '../reactor/reactor-context.js';
import type { AggregateContext } from './aggregate-context.js';
import { assertSchemaVersion } from './aggregate-fold.js';

const FRAME = Symbol.for('everfold.aggregate-frame');
const HANDLERS = Symbol.for('everfold.aggregate-handlers');
const AGGREGATE = Symbol.for('everfold.aggregate');

/** @internal What the framework keeps beside the state of a class. */
export interface AggregateFrame {
  id: string;
  revision: number;
  /** Takes the events of the change that is running; `undefined` when none is. */
  raise: ((event: object) => void) | undefined;
}

/** Options of {@link Aggregate}. */
export interface AggregateOptions {
  /**
   * Raise it when the same events lead to another state than before: older snapshots are then passed over. Handled types and
   * their versions count by themselves. Default 1.
   */
  readonly schemaVersion?: number | undefined;
  /** Stored types that have no class any more and may be passed over. Default none: meeting one is an error. */
  readonly ignore?: readonly string[] | undefined;
}

/**
 * An aggregate as a class: command methods decide and {@link apply} events, methods with {@link On} fold them into the fields.
 * Sugar over `aggregate()`: both forms keep the same rules.
 *
 * Its state is its own enumerable fields. Fields written `#private` can be neither copied nor stored: write `private`.
 * Constructors take no arguments. What a class raises and does not need for its own decisions wants no `@On`.
 */
export abstract class AggregateRoot {
  constructor() {
    attachFrame(this, { id: '', revision: -1, raise: undefined });
  }

  /** The aggregate's id: what follows the category and a dash in its stream's name. */
  get id(): string {
    return frameOf(this).id;
  }

  /** The 0-based revision of the last event in this state, those just applied included; −1 before the first. */
  get revision(): number {
    return frameOf(this).revision;
  }

  /**
   * Raises an event: validates it, folds it into this state, and has it appended when the change has ended.
   *
   * @throws {@link EventInvalidError} when it breaks the class-validator rules of its class; it is not applied.
   * @throws {@link UnserializableEventError} when JSON would change a value in it; it is not applied.
   * @throws TypeError when no change is running, in an `@On` method, and when `event` is no event.
   */
  protected apply(event: object): void {
    const { raise } = frameOf(this);
    if (raise === undefined)
      throw new TypeError(
        `${classNameOf(this) ?? 'An aggregate'}.apply works only while a change of create() or update() runs: await everything in it, and ` +
          'decide again on the aggregate that the next change is handed.',
      );
    raise(event);
  }
}

/**
 * Makes a class the aggregate of a category.
 *
 * @param category - A letter, then letters, digits, `_` or `.`; it is stored in the names of streams.
 * @throws TypeError when the category or the schema version is malformed.
 */
export function Aggregate(category: string, options: AggregateOptions = {}): ClassDecorator {
  const { schemaVersion = 1, ignore = [] } = options;
  assertCategory(category);
  assertSchemaVersion(schemaVersion);
  const value: AggregateClassDefinition = { category, schemaVersion, ignore: [...ignore] };
  return (target) => {
    Object.defineProperty(target, AGGREGATE, { value });
  };
}

/**
 * Makes a method of an aggregate the fold of an event: it changes the fields, and nothing else. It also runs at each load, for
 * events stored under an alias or in an older version too. Makes a method of a reactor what is done about an event.
 *
 * @throws TypeError when `event` is no event class.
 */
export function On<X extends object>(
  event: EventClass<X>,
): (
  target: object,
  key: string | symbol,
  descriptor:
    | TypedPropertyDescriptor<(event: X, context: AggregateContext) => void>
    | TypedPropertyDescriptor<(event: X) => void>
    | TypedPropertyDescriptor<() => void>
    | TypedPropertyDescriptor<(event: X, context: ReactorContext) => Promise<void>>
    | TypedPropertyDescriptor<(event: X) => Promise<void>>,
) => void {
  definitionOf(event);
  return (target, key) => {
    if (!Object.hasOwn(target, HANDLERS)) Object.defineProperty(target, HANDLERS, { value: [] });
    (Reflect.get(target, HANDLERS) as HandlerMethod[]).push({ eventClass: event, key });
  };
}

/** @internal What `@Aggregate` said. */
export interface AggregateClassDefinition {
  readonly category: string;
  readonly schemaVersion: number;
  readonly ignore: readonly string[];
}

/** @internal One `@On`. */
export interface HandlerMethod {
  readonly eventClass: EventClass;
  readonly key: string | symbol;
}

/** @internal */
export function aggregateClassDefinition(target: object): AggregateClassDefinition | undefined {
  return Reflect.get(target, AGGREGATE) as AggregateClassDefinition | undefined;
}

/** @internal The handlers of a class and of those it extends; a method that is overridden keeps its events. */
export function handlerMethods(prototype: object): readonly HandlerMethod[] {
  const found: HandlerMethod[] = [];
  for (
    let at: object | null = prototype;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const own = Object.hasOwn(at, HANDLERS)
      ? (Reflect.get(at, HANDLERS) as readonly HandlerMethod[])
      : [];
    for (const method of own)
      if (
        !found.some(({ eventClass, key }) => eventClass === method.eventClass && key === method.key)
      )
        found.push(method);
  }
  return found;
}

/** @internal */
export function frameOf(aggregate: object): AggregateFrame {
  return (aggregate as { readonly [FRAME]: AggregateFrame })[FRAME];
}

/** @internal Not enumerable, so that neither JSON nor a comparison of states sees it. */
export function attachFrame(aggregate: object, frame: AggregateFrame): void {
  Object.defineProperty(aggregate, FRAME, { value: frame });
}
