/** A scenario that has been begun, or an expectation on it, that a test has to wait for. */
export interface ScenarioEntry {
  /** There is an expectation; each further one gets an entry of its own. */
  isExpected: boolean;
  /** The test looks at the outcome: it awaited the expectation, or returned it. */
  isObserved: boolean;
}

type Hook = (check: () => void) => void;

const open = new Set<ScenarioEntry>();
const hasHook = registerHook();

const LEFT_OPEN =
  'A scenario was left open, so that something was not checked: end it with expectEvents, expectNothing, expectError or ' +
  'expectDocuments, and await or return what each of them gives.';

/** Enters a scenario: its test fails unless there is an expectation on it, and every one is observed. */
export function openScenario(): ScenarioEntry {
  const entry: ScenarioEntry = { isExpected: false, isObserved: false };
  open.add(entry);
  if (!hasHook)
    setImmediate(() => {
      open.delete(entry);
      if (!entry.isObserved) throw new Error(LEFT_OPEN);
    });
  return entry;
}

/**
 * Fails the test that just ended when it left a scenario open.
 *
 * @throws Error when it did.
 */
export function assertNoneOpen(): void {
  const left = [...open].filter(({ isObserved }) => !isObserved);
  open.clear();
  if (left.length > 0) throw new Error(LEFT_OPEN);
}

/** Where the runner has hooks they are used; where not, the next turn of the event loop asks. */
function registerHook(): boolean {
  const afterEach: unknown = Reflect.get(globalThis, 'afterEach');
  if (typeof afterEach !== 'function') return false;
  try {
    (afterEach as Hook)(() => assertNoneOpen());
    return true;
  } catch {
    // Loaded inside a test, where runners take no hooks.
    return false;
  }
}

/** The promise of an expectation: notes that somebody waits for it. */
export class Expectation extends Promise<void> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  #entry: ScenarioEntry | undefined;

  /** Starts a check whose outcome the test must look at. */
  static of(scenario: ScenarioEntry, check: () => Promise<void>): Expectation {
    const entry = scenario.isExpected ? openScenario() : scenario;
    entry.isExpected = true;
    const expectation = new Expectation((resolve) => resolve(check()));
    // An expectation that nobody awaits is reported as such, and not as an unhandled rejection besides.
    Promise.prototype.then.call(expectation, undefined, () => undefined);
    expectation.#entry = entry;
    return expectation;
  }

  // biome-ignore lint/suspicious/noThenProperty: to be awaited is what this promise notes
  override then<R1 = void, R2 = never>(
    // biome-ignore lint/suspicious/noConfusingVoidType: the signature of Promise<void>
    onfulfilled?: ((value: void) => R1 | PromiseLike<R1>) | null,
    onrejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    if (this.#entry !== undefined) this.#entry.isObserved = true;
    return super.then(onfulfilled, onrejected);
  }
}
