import { AssertionError, deepStrictEqual } from 'node:assert';
import type { AggregateFold } from '../aggregate/aggregate-fold.js';
import type { AggregateRoot } from '../aggregate/aggregate-root.js';
import { decide } from '../aggregate/decision.js';
import { advance, nothingLoaded } from '../aggregate/loaded-aggregate.js';
import type { AggregateKernel } from '../aggregate/state-form.js';
import { kernelOf } from '../aggregate/state-form.js';
import { newEventId } from '../event/ids.js';
import type { Json } from '../event/json.js';
import { BEFORE_ALL_POSITIONS } from '../event-store/position.js';
import { isProjection } from '../projection/definition.js';
import type { Projection } from '../projection/projection.js';
import { projected } from './projected.js';
import type { ProjectionScenario } from './projection-scenario.js';
import { projectionScenario } from './projection-scenario.js';
import type { ScenarioEntry } from './scenario-ledger.js';
import { Expectation, openScenario } from './scenario-ledger.js';
import type { Raised } from './stored-form.js';
import { storedForm } from './stored-form.js';

/** A scenario of an aggregate: what has happened, then what is asked of it. */
export interface AggregateScenario<Act> {
  /** Says which events have happened before, in order; none means that the aggregate is new. */
  given(...events: readonly object[]): {
    /** Says what is done: a change, as `create` and `update` take it. It runs once, when something is expected of it. */
    when(act: Act): Outcome;
  };
}

/**
 * What is expected. Each returns a promise: await or return every one of them; a scenario without any, and an expectation that
 * nobody waits for, fail their test.
 */
export interface Outcome {
  /** Exactly these events are raised, in this order: types and data are compared. */
  expectEvents(...events: readonly object[]): Promise<void>;
  /** Nothing is raised, and nothing is thrown. */
  expectNothing(): Promise<void>;
  /**
   * The change throws.
   *
   * @param error - The class of what it throws.
   * @param match - Fields that it must have; regular expressions and asymmetric matchers count as what they match.
   */
  expectError(error: abstract new (...args: never[]) => Error, match?: object): Promise<void>;
}

/** Begins a scenario of an aggregate class: `scenario(Account).given(…).when(…).expectEvents(…)`. */
export function scenario<A extends AggregateRoot>(
  aggregate: abstract new () => A,
): AggregateScenario<(aggregate: A) => void | Promise<void>>;
/** Begins a scenario of a fold. */
export function scenario<S, E extends object>(
  aggregate: AggregateFold<S, E>,
): AggregateScenario<(state: S) => E | readonly E[] | Promise<E | readonly E[]>>;
/** Begins a scenario of a projection: `scenario(accountSummaries).given(at('account-1', …)).expectDocuments({ … })`. */
export function scenario<D extends object>(projection: Projection<D>): ProjectionScenario<D>;
export function scenario(
  subject: unknown,
): AggregateScenario<unknown> | ProjectionScenario<object> {
  if (isProjection(subject)) return projectionScenario(subject as Projection<object>);
  return aggregateScenario(kernelOf<unknown>(subject));
}

function aggregateScenario(kernel: AggregateKernel<unknown>): AggregateScenario<unknown> {
  const entry = openScenario();
  return { given: (...events) => ({ when: (act) => outcomeOf(kernel, events, act, entry) }) };
}

/** What an act came to. */
type Result =
  | { readonly events: readonly Raised[]; readonly thrown: false }
  | { readonly error: unknown; readonly thrown: true };

function outcomeOf(
  kernel: AggregateKernel<unknown>,
  given: readonly object[],
  act: unknown,
  entry: ScenarioEntry,
): Outcome {
  let result: Promise<Result> | undefined;
  const expecting = (check: (result: Result) => void) =>
    Expectation.of(entry, async () => {
      result ??= play(kernel, given, act);
      check(await result);
    });
  return {
    expectEvents: (...events) => expecting((actual) => assertEvents(actual, events)),
    expectNothing: () => expecting((actual) => assertEvents(actual, [])),
    expectError: (error, match) => expecting((actual) => assertError(actual, error, match)),
  };
}

async function play(
  kernel: AggregateKernel<unknown>,
  given: readonly object[],
  act: unknown,
): Promise<Result> {
  const id = 'scenario';
  const loaded = nothingLoaded(kernel, { stream: `${kernel.definition.category}-${id}`, id });
  const metadata = { correlationId: newEventId() };
  given.forEach((event, revision) => {
    const { type, version, data } = storedForm(event);
    advance(kernel, loaded, {
      id: newEventId(),
      type,
      version,
      data,
      metadata,
      revision,
      position: BEFORE_ALL_POSITIONS,
    });
  });
  try {
    const { events } = await decide(kernel, loaded, act, { metadata, newId: newEventId });
    return {
      events: events.map(({ type, data }) => ({ type, data: data as Json })),
      thrown: false,
    };
  } catch (error) {
    return { error, thrown: true };
  }
}

function assertEvents(result: Result, events: readonly object[]): void {
  const expected = events.map((event) => {
    const { type, data } = storedForm(event);
    return { type, data };
  });
  if (result.thrown)
    throw new AssertionError({
      message: `${expected.length === 0 ? 'Nothing' : 'Events'} expected, but the change threw ${String(result.error)}`,
      actual: result.error,
      expected,
      operator: 'scenario',
    });
  deepStrictEqual(result.events, expected);
}

function assertError(
  result: Result,
  errorClass: abstract new (...args: never[]) => Error,
  match: object | undefined,
): void {
  const fail = (found: string, actual: unknown) =>
    new AssertionError({
      message: `${errorClass.name} expected, but ${found}`,
      actual,
      expected: errorClass,
      operator: 'scenario',
    });
  if (!result.thrown) {
    const raised = result.events.map(({ type, data }) => `${type} ${JSON.stringify(data)}`);
    throw fail(
      raised.length === 0 ? 'nothing was raised or thrown' : `raised: ${raised.join(', ')}`,
      result.events,
    );
  }
  if (!(result.error instanceof errorClass))
    throw fail(`the change threw ${String(result.error)}`, result.error);
  if (match !== undefined) deepStrictEqual(projected(result.error, match), match);
}
