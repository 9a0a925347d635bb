import { restore } from '../event/definition.js';
import { EventVersionTooNewError, UnknownEventTypeError } from '../event/errors.js';
import type { Metadata } from '../event/metadata.js';
import { eventRegistry } from '../event/registry.js';
import type { AggregateContext } from './aggregate-context.js';
import type { FoldDefinition, FoldHandler } from './aggregate-fold.js';
import { isFrameworkType } from './framework-type.js';

/** @internal An event at its place in a stream, recorded or about to be. */
export interface PlacedEvent {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly data: unknown;
  readonly metadata: Metadata;
  readonly revision: number;
}

/** @internal Where an aggregate lives. */
export interface AggregatePlace {
  readonly stream: string;
  readonly id: string;
}

/**
 * @internal Folds one stored event into a state. What the fold does not know and does not ignore throws: half the facts must
 * not be decided on.
 *
 * @throws {@link UnknownEventTypeError}, {@link EventVersionTooNewError}, {@link UpcasterMissingError}
 */
export function foldEvent<S>(
  definition: FoldDefinition<S>,
  state: S,
  event: PlacedEvent,
  place: AggregatePlace,
): S {
  const handler = handlerOf(definition, event, place.stream);
  if (handler === undefined) return state;
  const { data, version } = event;
  if (typeof data !== 'object' || data === null || data instanceof Uint8Array)
    throw new TypeError(
      `Event ${event.revision} of '${place.stream}' holds no fields: was it written through a transform that is missing here?`,
    );
  const instance = restore(handler.eventClass, { version, data });
  return handler.fold(state, instance, contextOf(event.id, event.revision, event.metadata, place));
}

/** @internal What a fold may know of an event beside its data. */
export function contextOf(
  eventId: string,
  revision: number,
  metadata: Metadata,
  { stream, id }: AggregatePlace,
): AggregateContext {
  return { eventId, stream, aggregateId: id, revision, metadata };
}

/** @internal The handler of an event; `undefined` when it may be passed over. */
export function handlerOf<S>(
  definition: FoldDefinition<S>,
  { type, version, revision }: Pick<PlacedEvent, 'type' | 'version' | 'revision'>,
  stream: string,
): FoldHandler<S> | undefined {
  const handler = definition.handlers.get(type);
  if (handler !== undefined) return handler;
  if (isFrameworkType(type) || definition.ignored.has(type)) return undefined;
  if (!definition.passesRegistered) throw new UnknownEventTypeError(type, stream, revision);
  const known = eventRegistry().find(type);
  if (known.length === 0) throw new UnknownEventTypeError(type, stream, revision);
  const newest = Math.max(...known.map((entry) => entry.definition.version));
  if (version > newest) throw new EventVersionTooNewError(type, version, newest);
  return undefined;
}
