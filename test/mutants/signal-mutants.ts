import type { LogReadOptions, StreamReadOptions, SubscribeOptions } from '@everfold/core';
import { type Mutant, WrongStore } from './wrong-store.js';

type Signalled = { readonly signal?: AbortSignal | undefined };
/** Which signal a reader listens to, by the one it was given and those that the store was given before. */
type Choice = (
  signal: AbortSignal,
  known: ReadonlySet<AbortSignal>,
  last: AbortSignal | undefined,
) => AbortSignal | undefined;

/** Listens, on some paths, to another signal than it was given. */
function listening(paths: readonly ('read' | 'readAll' | 'subscribe')[], choose: Choice) {
  return class extends WrongStore {
    readonly #known = new Set<AbortSignal>();
    #last: AbortSignal | undefined;

    override read(stream: string, options?: StreamReadOptions) {
      return this.inner.read(stream, paths.includes('read') ? this.#chosen(options) : options);
    }

    override readAll(options?: LogReadOptions) {
      return this.inner.readAll(paths.includes('readAll') ? this.#chosen(options) : options);
    }

    override subscribe(options?: SubscribeOptions) {
      return this.inner.subscribe(paths.includes('subscribe') ? this.#chosen(options) : options);
    }

    #chosen<O extends Signalled>(options: O | undefined): O | undefined {
      const signal = options?.signal;
      if (options === undefined || !(signal instanceof AbortSignal) || signal.aborted)
        return options;
      const chosen = choose(signal, this.#known, this.#last);
      this.#known.add(signal);
      this.#last = signal;
      return { ...options, signal: chosen };
    }
  };
}

const onlyTheFirst: Choice = (signal, known) => (known.has(signal) ? undefined : signal);
const thatOfTheFirst: Choice = (signal, known) => [...known][0] ?? signal;
const alsoTheOneBefore: Choice = (signal, _, last) =>
  last === undefined ? signal : AbortSignal.any([signal, last]);

const SHARED = 'a signal that several readers share › ends all';
const OWN = 'signals of several readers › end';

/** Stores that take the signal of one reader for that of another. */
export const SIGNAL_MUTANTS: readonly Mutant[] = [
  {
    wrong: 'a signal ends the first of its subscriptions only',
    store: listening(['subscribe'], onlyTheFirst),
    caughtBy: `${SHARED} subscriptions that wait`,
  },
  {
    wrong: 'a signal ends the first of its reads of a stream only',
    store: listening(['read'], onlyTheFirst),
    caughtBy: `${SHARED} reads, of the stream and of the log`,
  },
  {
    wrong: 'a signal ends the first of its reads of the log only',
    store: listening(['readAll'], onlyTheFirst),
    caughtBy: `${SHARED} reads, of the stream and of the log`,
  },
  {
    wrong: 'a signal ends the first of all its readers only',
    store: listening(['read', 'readAll', 'subscribe'], onlyTheFirst),
    caughtBy: 'a signal that several readers share › ends reads and subscriptions together',
  },
  {
    wrong: 'all subscriptions listen to the signal of the first',
    store: listening(['subscribe'], thatOfTheFirst),
    caughtBy: `${OWN} a subscription each, and no other`,
  },
  {
    wrong: 'the signal of one subscription ends the next one too',
    store: listening(['subscribe'], alsoTheOneBefore),
    caughtBy: `${OWN} a subscription each, and no other`,
  },
  {
    wrong: 'the signal of one read ends the next one too',
    store: listening(['read', 'readAll'], alsoTheOneBefore),
    caughtBy: `${OWN} the reads of their own, and no other`,
  },
];
