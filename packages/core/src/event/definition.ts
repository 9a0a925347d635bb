import { classOf } from '../class-of.js';
import { EventVersionTooNewError, UpcasterMissingError } from './errors.js';
import { eventRegistry } from './registry.js';
import type { Upcasts } from './upcasts.js';
import { stepsOf } from './upcasts.js';

/** Brands event instances in the types only: two event classes with equal data do not mix. */
export declare const EVENT: unique symbol;

/** Any class whose instances are events. */
export type EventClass<E extends object = object> = abstract new (...args: never[]) => E;

/** What Everfold knows of an event class: made by `Event()` or `@EventType`, found by {@link definitionOf}. */
export interface EventDefinition {
  /** The name under which events of this class are stored. */
  readonly type: string;
  /** The version in which they are stored, from 1. */
  readonly version: number;
  /** Names under which they were stored before; read, never written. */
  readonly aliases: readonly string[];
  /** Leads older data to the present version. */
  readonly history: Upcasts<object> | undefined;
}

const DEFINITION = Symbol.for('everfold.event-definition');

/** Ties a definition to a class and makes it known to the registry. @throws TypeError when type, version or aliases are malformed. */
export function define(target: EventClass, definition: EventDefinition): void {
  for (const name of [definition.type, ...definition.aliases]) assertOwnType(name);
  if (!Number.isSafeInteger(definition.version) || definition.version < 1)
    throw new TypeError(`Event '${definition.type}': the version must be an integer from 1.`);
  Object.defineProperty(target, DEFINITION, { value: definition });
  eventRegistry().add(definition, target);
}

/**
 * The definition of an event class or of an event's class.
 *
 * @throws TypeError when the class was not made by `Event()` or `@EventType`.
 */
export function definitionOf(eventClass: EventClass): EventDefinition {
  const definition = Reflect.get(eventClass, DEFINITION) as EventDefinition | undefined;
  if (definition !== undefined) {
    eventRegistry().derive(definition, eventClass);
    return definition;
  }
  throw new TypeError(
    `${eventClass.name || 'A class'} is no event class: extend Event('type'), or decorate it with @EventType('type').`,
  );
}

/** The definition of an event instance, or `undefined` for any other value. */
export function definitionOfEvent(event: unknown): EventDefinition | undefined {
  if (typeof event !== 'object' || event === null) return undefined;
  const eventClass = classOf(event);
  if (eventClass === undefined) return undefined;
  return Reflect.get(eventClass, DEFINITION) as EventDefinition | undefined;
}

/** @throws TypeError when `type` cannot be stored as an event type: empty, too long, not well-formed, or a system type (`$…`). */
export function assertEventType(type: unknown): asserts type is string {
  if (typeof type !== 'string' || type === '')
    throw new TypeError('An event type must be a non-empty string.');
  if (type.startsWith('$'))
    throw new TypeError(`Event type '${type}': types that begin with '$' belong to the store.`);
  if (!type.isWellFormed() || type.length > 500)
    throw new TypeError('An event type must be well-formed Unicode of at most 500 characters.');
}

function assertOwnType(type: unknown): void {
  assertEventType(type);
  if (type.startsWith('everfold.'))
    throw new TypeError(`Event type '${type}': types that begin with 'everfold.' reach no fold.`);
}

/**
 * Makes an instance of `eventClass` from stored data: leads it to the present version, then restores it without calling
 * the constructor, so that neither validation nor field initialisers touch a fact.
 *
 * @throws {@link EventVersionTooNewError} when the data is of a newer version.
 * @throws {@link UpcasterMissingError} when no upcaster leads from there.
 */
export function restore<E extends object>(
  eventClass: EventClass<E>,
  stored: { readonly version: number; readonly data: object },
): E {
  const data = upcast(definitionOf(eventClass), stored);
  // A spread defines fields: unlike an assignment it runs no setter, not even that of a field named `__proto__`.
  return { __proto__: eventClass.prototype, ...data } as object as E;
}

function upcast(
  { type, version, history }: EventDefinition,
  stored: { readonly version: number; readonly data: object },
): object {
  if (stored.version === version) return stored.data;
  if (stored.version > version) throw new EventVersionTooNewError(type, stored.version, version);
  if (history === undefined) throw new UpcasterMissingError(type, stored.version, version);
  let data = stored.data;
  for (const [index, step] of stepsOf(history)
    .slice(stored.version - 1)
    .entries()) {
    data = step(data);
    if (typeof data !== 'object' || data === null)
      throw new TypeError(
        `Event '${type}': the upcaster from version ${stored.version + index} returned no object.`,
      );
  }
  return data;
}

/** Copies own fields without ever running a setter: a key named `__proto__` stays a field. */
export function copyFields(from: object, to: object): void {
  const source = from as Readonly<Record<PropertyKey, unknown>>;
  for (const key of Object.keys(from)) copyField(source, key, to);
  // No JSON either, but that is said when the event is stored, and not passed over here.
  for (const key of Object.getOwnPropertySymbols(from))
    if (Object.prototype.propertyIsEnumerable.call(from, key)) copyField(source, key, to);
}

function copyField(
  from: Readonly<Record<PropertyKey, unknown>>,
  key: PropertyKey,
  to: object,
): void {
  const value = from[key];
  if (key in to)
    Object.defineProperty(to, key, { value, writable: true, enumerable: true, configurable: true });
  else (to as Record<PropertyKey, unknown>)[key] = value;
}
