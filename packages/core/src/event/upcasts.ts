const STEPS = Symbol.for('everfold.upcasts');

type Step = (old: object) => object;

/** The history of an event's data: each step leads from one version to the next. Immutable; `.to` returns a longer one. */
export interface Upcasts<Out> {
  /** The version that the last step leads to; the first is 1. */
  readonly version: number;
  /**
   * Adds a step to the next version.
   *
   * @param next - A pure function of the old data. It sees data as stored, or as the step before returned it.
   */
  to<Next extends object>(next: (old: Out) => Next): Upcasts<Next>;
}

/**
 * Begins the history of an event whose data changed: `upcasts<V1>().to((old) => v2)`.
 * Version and data of the event are inferred from it, so that no version can be left out.
 */
export function upcasts<V1 extends object>(): Upcasts<V1> {
  return history<V1>([]);
}

function history<Out>(steps: readonly Step[]): Upcasts<Out> {
  const value = {
    version: steps.length + 1,
    to: <Next extends object>(next: (old: Out) => Next) =>
      history<Next>([...steps, next as unknown as Step]),
  };
  Object.defineProperty(value, STEPS, { value: steps });
  return value;
}

/** Whether a value was made by {@link upcasts}, by whichever copy of this package. */
export function isUpcasts(value: unknown): value is Upcasts<object> {
  return typeof value === 'object' && value !== null && STEPS in value;
}

/** The steps of a history: the one at index i leads from version i + 1 to i + 2. */
export function stepsOf(upcasts: Upcasts<object>): readonly Step[] {
  return (upcasts as unknown as { readonly [STEPS]: readonly Step[] })[STEPS];
}
