import type { Json } from '../event/json.js';
import { findFieldsProblem, findJsonProblem } from '../event/json.js';
import type { AggregateClass } from './aggregate-class.js';
import { classFoldDefinition } from './aggregate-class.js';
import type { AggregateFold, FoldDefinition } from './aggregate-fold.js';
import { foldDefinition, isAggregateFold } from './aggregate-fold.js';
import type { AggregateRoot } from './aggregate-root.js';
import { frameOf } from './aggregate-root.js';
import { assign, copyValue } from './copy-value.js';
import type { AggregatePlace } from './fold-event.js';
import { isPromise } from './is-promise.js';

/** @internal Takes the events of a change, one by one. */
export type Raise = (event: object) => void;

/** @internal Everything in which the two ways of writing an aggregate differ. */
export interface StateForm<S> {
  /** The state before the first event. */
  begin(place: AggregatePlace): S;
  copy(state: S): S;
  /** Notes the revision of the last event in the state. */
  standAt(state: S, revision: number): void;
  /** Runs a change and hands what it raises to `raise`; a promise only when the change returned one. */
  decide(state: S, change: unknown, raise: Raise): Promise<void> | undefined;
  /** Where and why JSON would change the state; `undefined` when it would not. */
  problem(state: S): string | undefined;
  /** A copy of the state as JSON. */
  toJson(state: S): Json;
  /** Takes over what {@link toJson} made. @throws TypeError when it cannot be that. */
  fromJson(json: Json, place: AggregatePlace): S;
}

/** @internal An aggregate as repositories and scenarios see it, however it was written. */
export interface AggregateKernel<S> {
  readonly definition: FoldDefinition<S>;
  readonly form: StateForm<S>;
}

/** @internal @throws TypeError when `aggregate` is neither a fold nor a class with `@Aggregate`. */
export function kernelOf<S>(aggregate: unknown): AggregateKernel<S> {
  if (isAggregateFold(aggregate)) {
    const definition = foldDefinition(aggregate as AggregateFold<S, object>);
    return { definition, form: plainForm(definition) };
  }
  if (typeof aggregate !== 'function')
    throw new TypeError(
      "An aggregate is a fold made by aggregate(…), or a class with @Aggregate('category').",
    );
  const aggregateClass = aggregate as AggregateClass<AggregateRoot>;
  const definition = classFoldDefinition(aggregateClass);
  return { definition, form: classForm(aggregateClass) } as unknown as AggregateKernel<S>;
}

function plainForm<S>({ category, initial }: FoldDefinition<S>): StateForm<S> {
  return {
    begin: () => initial(),
    copy: copyValue,
    standAt: () => undefined,
    decide(state, change, raise) {
      const raiseAll = (events: unknown) => {
        if (typeof events !== 'object' || events === null)
          throw new TypeError(
            `A change of '${category}' must return the events that it raises, [] for none: it returned ${String(events)}.`,
          );
        if (Array.isArray(events)) for (const event of events) raise(event as object);
        else raise(events);
      };
      const returned = (change as (state: S) => unknown)(state);
      if (isPromise(returned)) return Promise.resolve(returned).then(raiseAll);
      raiseAll(returned);
      return undefined;
    },
    problem: (state) => problemText(findJsonProblem(state, 'state')),
    toJson: (state) => copyValue(state) as Json,
    fromJson: (json) => json as S,
  };
}

function classForm<A extends AggregateRoot>(aggregateClass: AggregateClass<A>): StateForm<A> {
  const begin = ({ id }: AggregatePlace): A => {
    const state = new aggregateClass();
    frameOf(state).id = id;
    return state;
  };
  return {
    begin,
    copy(state) {
      const copy = new aggregateClass();
      const frame = frameOf(copy);
      const from = frameOf(state);
      frame.id = from.id;
      frame.revision = from.revision;
      for (const key of Object.keys(copy))
        if (!Object.hasOwn(state, key)) Reflect.deleteProperty(copy, key);
      for (const key of Object.keys(state)) assign(copy, key, copyValue(Reflect.get(state, key)));
      return copy;
    },
    standAt(state, revision) {
      frameOf(state).revision = revision;
    },
    decide: (state, change, raise) => decideInClass(state, change, raise),
    problem: (state) => problemText(findFieldsProblem(definedFields(state), 'state')),
    toJson: (state) => copyValue(definedFields(state)) as Json,
    fromJson(json, place) {
      if (typeof json !== 'object' || json === null || Array.isArray(json))
        throw new TypeError('The state of a class is stored as its fields.');
      const state = begin(place);
      // A declared field that holds undefined is left out of JSON: what is missing there was undefined.
      for (const key of Object.keys(state)) assign(state, key, undefined);
      for (const key of Object.keys(json)) assign(state, key, Reflect.get(json, key));
      return state;
    },
  };
}

function decideInClass(
  state: AggregateRoot,
  change: unknown,
  raise: Raise,
): Promise<void> | undefined {
  const frame = frameOf(state);
  frame.raise = raise;
  const end = () => {
    frame.raise = undefined;
  };
  let returned: unknown;
  try {
    returned = (change as (state: AggregateRoot) => unknown)(state);
  } catch (error) {
    end();
    throw error;
  }
  if (isPromise(returned))
    return Promise.resolve(returned)
      .finally(end)
      .then(() => undefined);
  end();
  return undefined;
}

function definedFields(state: object): object {
  const fields: object = {};
  for (const key of Object.keys(state)) {
    const value: unknown = Reflect.get(state, key);
    if (value !== undefined) assign(fields, key, value);
  }
  return fields;
}

function problemText(problem: { readonly path: string; readonly reason: string } | undefined) {
  return problem === undefined ? undefined : `${problem.path}: ${problem.reason}`;
}
