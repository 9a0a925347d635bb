import type { ReadModelStore } from '@everfold/core';
import type { ReadModelHarness } from '@everfold/core/testing';
import { type CollectedTest, collectReadModelContract, failuresOf } from '../collected-contract.js';
import { FINDING_MUTANTS } from './finding-mutants.js';
import { GUARD_MUTANTS } from './guard-mutants.js';
import { KEEPING_MUTANTS } from './keeping-mutants.js';
import { OPEN_AGAIN_MUTANTS, openAgain } from './open-again-mutants.js';
import { PAGING_MUTANTS } from './paging-mutants.js';
import { RECORD_MUTANTS } from './record-mutants.js';
import { SAVING_MUTANTS } from './saving-mutants.js';
import {
  type Commit,
  opened,
  type ReadModelMutant,
  rightStore,
  WrongReadModelStore,
} from './wrong-read-model-store.js';

const MUTANTS: readonly ReadModelMutant[] = [
  ...SAVING_MUTANTS,
  ...GUARD_MUTANTS,
  ...FINDING_MUTANTS,
  ...PAGING_MUTANTS,
  ...KEEPING_MUTANTS,
  ...RECORD_MUTANTS,
];
const COMMITS: readonly Commit[] = ['atomic', 'guarded'];
/** For what a store that is wrong does in vain. */
const PATIENCE_MS = 1_500;
/** For stores that are right: a busy machine is no mistake of theirs. */
const LONG_PATIENCE_MS = 15_000;
const TIMEOUT_MS = 120_000;
/** `MUTANTS=whole` runs the whole contract on each mutant and says how much of it is red: for those who change the contract. */
const WHOLE = process.env['MUTANTS'] === 'whole';

function contractOf(
  create: () => ReadModelStore,
  patienceMs: number,
  others: Partial<ReadModelHarness> = {},
): readonly CollectedTest[] {
  return collectReadModelContract({ create: async () => create(), patienceMs, ...others });
}

/** The contract of data that may be opened again, and twice. */
function durableContractOf(
  commit: Commit,
  patienceMs: number,
  { reopen = openAgain, beside = openAgain }: Partial<(typeof OPEN_AGAIN_MUTANTS)[number]> = {},
): readonly CollectedTest[] {
  const data = new WeakMap<ReadModelStore, ReadModelStore>();
  const known = (store: ReadModelStore, its: ReadModelStore) => {
    data.set(store, its);
    return store;
  };
  const dataOf = (store: ReadModelStore) => data.get(store) ?? store;
  const create = () => {
    const its = rightStore(commit);
    return known(opened(its), its);
  };
  return contractOf(create, patienceMs, {
    reopen: async (store) => known(await reopen(dataOf(store)), dataOf(store)),
    beside: (store) => beside(dataOf(store), commit),
  });
}

describe('the contract of read-model stores', () => {
  it('has at least 300 behaviours, each of its own name', () => {
    const names = contractOf(() => rightStore('atomic'), PATIENCE_MS).map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(300);
  });

  for (const commit of COMMITS) {
    it(
      `is met by a right store, and by one that only passes calls on, ${commit}`,
      async () => {
        for (const create of [() => rightStore(commit), () => new WrongReadModelStore(commit)])
          expect(await failuresOf(contractOf(create, LONG_PATIENCE_MS), 4)).toEqual([]);
      },
      TIMEOUT_MS,
    );

    it(
      `is met by right data that are opened again, and twice, ${commit}`,
      async () => {
        expect(await failuresOf(durableContractOf(commit, LONG_PATIENCE_MS), 4)).toEqual([]);
      },
      TIMEOUT_MS,
    );
  }

  for (const { wrong, store, commit, caughtBy } of MUTANTS)
    it(
      `notices that ${wrong}`,
      () =>
        isNoticed(
          contractOf(() => new store(commit), PATIENCE_MS),
          caughtBy,
        ),
      TIMEOUT_MS,
    );

  for (const { wrong, commit, caughtBy, ...others } of OPEN_AGAIN_MUTANTS)
    it(
      `notices that, opened again, ${wrong}`,
      () => isNoticed(durableContractOf(commit, PATIENCE_MS, others), caughtBy),
      TIMEOUT_MS,
    );
});

async function isNoticed(contract: readonly CollectedTest[], caughtBy: string): Promise<void> {
  const within = contract.filter(({ name }) => WHOLE || name.includes(caughtBy));
  const failures = await failuresOf(within, 4);

  const names = failures.map(({ name }) => name);
  if (WHOLE) process.stderr.write(`  ${names.length} red, the first is: ${names[0]}\n`);
  expect(names).toContainEqual(expect.stringContaining(caughtBy));
}
