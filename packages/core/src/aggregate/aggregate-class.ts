import type { AggregateContext } from './aggregate-context.js';
import type { AggregateFold, FoldDefinition } from './aggregate-fold.js';
import { foldDefinition, foldOf } from './aggregate-fold.js';
import type { AggregateRoot } from './aggregate-root.js';
import {
  aggregateClassDefinition,
  attachFrame,
  frameOf,
  handlerMethods,
} from './aggregate-root.js';
import { assign, copyValue } from './copy-value.js';
import { isPromise } from './is-promise.js';

/** @internal A class as `createRepository` takes it. */
export type AggregateClass<A> = new () => A;

type Method = (event: object, context: AggregateContext) => unknown;

const definitions = new WeakMap<object, FoldDefinition<AggregateRoot>>();

/**
 * @internal The fold that a class stands for.
 *
 * @throws TypeError when it has no `@Aggregate`, or two methods for one event.
 */
export function classFoldDefinition<A extends AggregateRoot>(
  aggregateClass: AggregateClass<A>,
): FoldDefinition<A> {
  const known = definitions.get(aggregateClass);
  if (known !== undefined) return known as unknown as FoldDefinition<A>;
  const definition = readClass(aggregateClass);
  definitions.set(aggregateClass, definition as unknown as FoldDefinition<AggregateRoot>);
  return definition;
}

function readClass<A extends AggregateRoot>(aggregateClass: AggregateClass<A>): FoldDefinition<A> {
  const said = aggregateClassDefinition(aggregateClass);
  if (said === undefined)
    throw new TypeError(
      `${aggregateClass.name || 'A class'} is no aggregate: decorate it with @Aggregate('category').`,
    );
  const { category, schemaVersion, ignore } = said;
  let fold: AggregateFold<A, object> = foldOf<A, object>({
    category,
    schemaVersion,
    initial: () => new aggregateClass(),
    handlers: new Map(),
    ignored: new Set(ignore),
    passesRegistered: true,
  });
  for (const { eventClass, key } of handlerMethods(aggregateClass.prototype as object))
    fold = fold.on(eventClass, methodFold(aggregateClass, key));
  return foldDefinition(fold);
}

function methodFold<A extends AggregateRoot>(
  aggregateClass: AggregateClass<A>,
  key: string | symbol,
) {
  let probed = false;
  return (state: A, event: object, context: AggregateContext): A => {
    if (!probed) {
      probe(aggregateClass, state, key, event, context);
      probed = true;
    }
    const returned = (Reflect.get(state, key) as Method).call(state, event, context);
    if (isPromise(returned))
      throw new TypeError(
        `${aggregateClass.name}.${String(key)} is asynchronous: a fold only changes the fields, and asks nobody.`,
      );
    return state;
  };
}

/**
 * Copies lose what is `#private`, silently. So each handler first runs once on a bare copy, which has no private field at
 * all: V8 says so when one is touched.
 */
function probe(
  aggregateClass: AggregateClass<AggregateRoot>,
  state: AggregateRoot,
  key: string | symbol,
  event: object,
  context: AggregateContext,
): void {
  const copy: AggregateRoot = Object.create(aggregateClass.prototype as object);
  attachFrame(copy, { ...frameOf(state), raise: undefined });
  for (const field of Object.keys(state)) assign(copy, field, copyValue(Reflect.get(state, field)));
  try {
    (Reflect.get(copy, key) as Method).call(copy, event, context);
  } catch (cause) {
    const message = String(cause);
    if (/private (member|field)/.test(message))
      throw new TypeError(
        `${aggregateClass.name}.${String(key)} needs #private fields, of the aggregate or of the event, which can be neither copied ` +
          `nor stored (${message}). Write 'private' instead of '#'. Nothing was written.`,
        { cause },
      );
  }
}
