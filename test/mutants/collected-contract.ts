import {
  describeEventStoreContract,
  describeReadModelContract,
  type EventStoreHarness,
  type ReadModelHarness,
} from '@everfold/core/testing';

/** One behaviour of the contract, ready to be run. */
export interface CollectedTest {
  /** `theme › sentence`. */
  readonly name: string;
  readonly body: () => Promise<void>;
}

/** What became of one behaviour. */
export interface Failure {
  readonly name: string;
  readonly reason: string;
}

const TIMEOUT_MS = 20_000;

/** The behaviours of the contract of event stores. */
export function collectContract(harness: EventStoreHarness): readonly CollectedTest[] {
  return collected(() => describeEventStoreContract('collected', harness));
}

/** The behaviours of the contract of read-model stores. */
export function collectReadModelContract(harness: ReadModelHarness): readonly CollectedTest[] {
  return collected(() => describeReadModelContract('collected', harness));
}

/** Collects a contract's behaviours as a runner would, in place of running them. */
function collected(describeContract: () => void): readonly CollectedTest[] {
  const tests: CollectedTest[] = [];
  const titles: string[] = [];
  const { describe, it } = globalThis;
  Object.assign(globalThis, {
    describe: (title: string, body: () => void) => {
      titles.push(title);
      body();
      titles.pop();
    },
    it: (sentence: string, body: () => Promise<void>) => {
      tests.push({ name: [...titles.slice(1), sentence].join(' › '), body });
    },
  });
  try {
    describeContract();
  } finally {
    Object.assign(globalThis, { describe, it });
  }
  return tests;
}

/**
 * Runs collected behaviours and returns those that fail, in the order of the contract.
 *
 * @param abreast - How many run beside each other, so that those that wait in vain do not wait one after the other.
 */
export async function failuresOf(
  tests: readonly CollectedTest[],
  abreast: number,
): Promise<readonly Failure[]> {
  const failures = new Map<number, Failure>();
  const queue = tests.entries();
  const work = async () => {
    for (const [index, { name, body }] of queue) {
      const reason = await reasonOf(body);
      if (reason !== undefined) failures.set(index, { name, reason });
    }
  };
  await Promise.all(Array.from({ length: abreast }, work));
  return [...failures].sort(([a], [b]) => a - b).map(([, failure]) => failure);
}

/** Why a behaviour fails; a store that hangs counts as wrong. */
async function reasonOf(body: () => Promise<void>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer after ${TIMEOUT_MS} ms`), TIMEOUT_MS);
  });
  const run = body().then(
    () => undefined,
    (error: unknown) => String(error),
  );
  try {
    return await Promise.race([run, late]);
  } finally {
    clearTimeout(timer);
  }
}
