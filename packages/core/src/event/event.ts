import type { EVENT } from './definition.js';
import { copyFields, define, definitionOf } from './definition.js';
import type { Upcasts } from './upcasts.js';
import { isUpcasts } from './upcasts.js';

/** The brand that keeps events of two classes apart in the types; it does not exist at run time. */
export type Brand<T extends string> = { readonly [EVENT]: T };

/** What every class made by {@link Event} carries. */
export interface Statics<T extends string> {
  /** The name under which its events are stored. */
  readonly type: T;
  /** The version in which they are stored, from 1. */
  readonly version: number;
}

/** Options of {@link Event}. */
export interface EventOptions {
  /** Names under which events of this class were stored before it was renamed; read, never written. Default none. */
  readonly aliases?: readonly string[] | undefined;
}

/**
 * Makes the base of an event class: `class MoneyDeposited extends Event('account.money-deposited')<{ amount: number }> {}`.
 *
 * The type name is stored with every event, so it is written out and never derived from the class name, which a minifier
 * may change. Instances hold the fields of their data; they are stored as JSON and restored without calling a constructor.
 *
 * @param type - The stored name, unique in the application. Names that begin with `$` or `everfold.` are not for users.
 * @param history - `upcasts<V1>().to(…)` when the data has changed since version 1; version and data are inferred from it.
 * @throws TypeError when the type name is empty or reserved.
 */
export function Event<const T extends string, Data extends object>(
  type: T,
  history: Upcasts<Data>,
  options?: EventOptions,
): Statics<T> & { new (data: Data): Readonly<Data> & Brand<T> };
export function Event<const T extends string>(
  type: T,
  options?: EventOptions,
): Statics<T> & {
  // biome-ignore lint/complexity/noBannedTypes: an event without data is an empty object, and only that
  new <Data extends object = {}>(
    // biome-ignore lint/complexity/noBannedTypes: asks whether nothing is required
    ...data: {} extends Data ? [data?: Data] : [data: Data]
  ): Readonly<Data> & Brand<T>;
};
export function Event(
  type: string,
  second?: Upcasts<object> | EventOptions,
  third?: EventOptions,
): unknown {
  const history = isUpcasts(second) ? second : undefined;
  const options = (history === undefined ? (second as EventOptions | undefined) : third) ?? {};
  const version = history?.version ?? 1;
  class EventBase {
    static readonly type = type;
    static readonly version = version;
    constructor(data?: object) {
      if (new.target !== EventBase) definitionOf(new.target);
      if (data !== undefined) copyFields(data, this);
    }
  }
  define(EventBase, { type, version, aliases: [...(options.aliases ?? [])], history });
  return EventBase;
}
