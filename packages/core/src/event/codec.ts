import { isUint8Array } from 'node:util/types';
import { classNameOf } from '../class-of.js';
import type { NewEvent, RecordedEvent } from '../event-store/event-store.js';
import type { EventClass } from './definition.js';
import { definitionOfEvent, restore } from './definition.js';
import type { Json } from './json.js';
import type { Metadata } from './metadata.js';
import { withPlainNested } from './nested-values.js';
import { eventRegistry } from './registry.js';

/**
 * Turns an event instance into what a store appends: its own enumerable fields under the type and version of its class;
 * instances of classes in a property with `@ValidateNested` by their own fields, too. The values are checked by the store, not here.
 *
 * @throws TypeError when `event` is no instance of an event class.
 */
export function encodeEvent(
  event: object,
  { id, metadata }: { readonly id: string; readonly metadata: Metadata },
): NewEvent {
  const definition = definitionOfEvent(event);
  if (definition === undefined)
    throw new TypeError(
      `${classNameOf(event) ?? 'A value'} is no event: raise an instance of a class made by Event('type') or @EventType('type').`,
    );
  const { type, version } = definition;
  return { id, type, version, data: { ...withPlainNested(event) } as Json, metadata };
}

/**
 * A stored event as an instance of a class, whatever names and versions the class has had.
 *
 * @throws {@link EventVersionTooNewError} when it is stored in a newer version than the class knows.
 * @throws {@link UpcasterMissingError} when no upcaster leads from the stored version.
 * @throws TypeError when its data is no object: bytes are for the transform that wrote them.
 */
export function decodeEvent<E extends object>(
  recorded: RecordedEvent,
  eventClass: EventClass<E>,
): E {
  const { type, version, data } = recorded;
  if (typeof data === 'object' && data !== null && !isUint8Array(data) && !Array.isArray(data))
    return restore(eventClass, { version, data });
  throw new TypeError(
    isUint8Array(data)
      ? `Event '${type}' is stored as bytes: open the store with the transform that wrote them.`
      : `Event '${type}' has ${JSON.stringify(data)} for data, where its class wants an object.`,
  );
}

/**
 * A stored event as an instance of the class that is registered for its type or alias; `undefined` when no class is, or
 * when several claim the name. What nobody registered stays readable as `recorded.data`.
 *
 * @throws {@link EventVersionTooNewError} when it is stored in a newer version than the class knows.
 * @throws {@link UpcasterMissingError} when no upcaster leads from the stored version.
 */
export function decodeRegistered(recorded: RecordedEvent): object | undefined {
  const [entry, second] = eventRegistry().find(recorded.type);
  if (entry === undefined || second !== undefined) return undefined;
  return decodeEvent(recorded, entry.eventClass);
}
