import type { EventClass } from './definition.js';
import { define } from './definition.js';
import type { Upcasts } from './upcasts.js';

/** Options of {@link EventType}. */
export interface EventTypeOptions {
  /** The version in which events of this class are stored, from 1. Default: that of `history`, else 1. */
  readonly version?: number | undefined;
  /** Leads the data of older versions to this one. Without it, an older stored event is an error when it is read. */
  readonly history?: Upcasts<object> | undefined;
  /** Names under which events of this class were stored before; read, never written. Default none. */
  readonly aliases?: readonly string[] | undefined;
}

/**
 * Makes a plain class an event class. Its own enumerable fields are the data. Fields with class-validator decorators are
 * validated when the event is raised, never when it is read: a fact stays a fact when rules change. Rules that are asynchronous
 * are a `TypeError` when the event is raised (class-validator does not tell of those that return a promise without saying
 * `async: true` or being written `async`: they are not asked).
 *
 * A property with `@ValidateNested` takes instances of classes that have rules, singly or in arrays, and such instances may hold
 * further ones. They are stored as their own enumerable fields, and folds see these: plain objects, before the append as at each
 * load. Plain objects are not valid there, since nothing tells their class. Everywhere else instances are refused.
 *
 * @param type - The name under which events of this class are stored.
 * @throws TypeError when type or version are malformed, or when `version` and `history` disagree.
 */
export function EventType(type: string, options: EventTypeOptions = {}): ClassDecorator {
  const { history, aliases = [] } = options;
  const version = options.version ?? history?.version ?? 1;
  if (history !== undefined && history.version !== version)
    throw new TypeError(
      `Event '${type}': version ${version} is not the ${history.version} of its history.`,
    );
  return (target) =>
    define(target as unknown as EventClass, { type, version, aliases: [...aliases], history });
}
