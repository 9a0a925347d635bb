import type { EventClass } from '../event/definition.js';
import type { Position } from '../event-store/position.js';
import type { EventContext } from '../projection/context.js';
import type { ReactorContext } from './reactor-context.js';

/** @internal What a reactor does with one event class. */
export interface ReactorHandler {
  readonly eventClass: EventClass;
  /** The version that the class knows. */
  readonly version: number;
  readonly handle: (event: object, context: ReactorContext) => unknown;
}

/** @internal What a reactor consists of. */
export interface DefinedReactor {
  readonly name: string;
  readonly from: 'start' | 'now' | Position;
  /** Default: the stream. */
  readonly orderedBy: ((event: object, context: EventContext) => string) | undefined;
  readonly onFailure: 'stop' | 'park';
  readonly maxAttempts: number;
  readonly segments: number;
  readonly concurrency: number;
  /** By stored name, aliases included. */
  readonly handlers: ReadonlyMap<string, ReactorHandler>;
}

const DEFINITION = Symbol.for('everfold.reactor');

/** @internal Ties a definition to what users hold. */
export function attachReactor<T extends object>(target: T, definition: DefinedReactor): T {
  return Object.defineProperty(target, DEFINITION, { value: definition });
}

/** Whether a value was made by `reactor()` or `classReactor()`, by whichever copy of this package. */
export function isReactor(value: unknown): boolean {
  return typeof value === 'object' && value !== null && DEFINITION in value;
}

/** @internal @throws TypeError when it was not made by `reactor()` or `classReactor()`. */
export function definedReactor(reactor: object): DefinedReactor {
  const definition: unknown = Reflect.get(reactor, DEFINITION);
  if (definition === undefined)
    throw new TypeError('This is no reactor: make it with reactor(name).');
  return definition as DefinedReactor;
}
