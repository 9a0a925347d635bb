import type { EventClass } from '../event/definition.js';
import type { EventContext, ProjectionContext } from './context.js';

/** @internal Says into which documents an event is folded. */
export type IdsOf = (
  event: object,
  context: EventContext,
) => string | readonly string[] | undefined;

/** @internal What a projection does with one event class. */
export interface ProjectionHandler {
  readonly kind: 'start' | 'on' | 'remove';
  readonly eventClass: EventClass;
  /** The version that the class knows. */
  readonly version: number;
  /** Default: the aggregate's id. */
  readonly ids: IdsOf | undefined;
  /** Of `.start`. */
  readonly start?: ((event: object, context: ProjectionContext) => object) | undefined;
  /** Of `.on`. */
  readonly fold?:
    | ((document: object, event: object, context: ProjectionContext) => object | undefined)
    | undefined;
}

/** @internal What a projection consists of. */
export interface ProjectionDefinition {
  readonly name: string;
  readonly version: number;
  /** Each a list of fields. */
  readonly indexes: readonly (readonly string[])[];
  readonly segments: number;
  readonly initial: ((documentId: string) => object) | undefined;
  readonly batch: { readonly maxEvents: number; readonly maxDelayMs: number };
  readonly onFailure: 'stop' | 'park';
  readonly maxAttempts: number;
  /** By stored name, aliases included. */
  readonly handlers: ReadonlyMap<string, ProjectionHandler>;
}

const DEFINITION = Symbol.for('everfold.projection');

/** @internal Ties a definition to what users hold. */
export function attachDefinition<T extends object>(target: T, definition: ProjectionDefinition): T {
  return Object.defineProperty(target, DEFINITION, { value: definition });
}

/** Whether a value was made by `projection()`, by whichever copy of this package. */
export function isProjection(value: unknown): value is { readonly name: string } {
  return typeof value === 'object' && value !== null && DEFINITION in value;
}

/** @internal @throws TypeError when it was not made by `projection()`. */
export function projectionDefinition(projection: object): ProjectionDefinition {
  const definition: unknown = Reflect.get(projection, DEFINITION);
  if (definition === undefined)
    throw new TypeError('This is no projection: make it with projection(name, { version }).');
  return definition as ProjectionDefinition;
}
