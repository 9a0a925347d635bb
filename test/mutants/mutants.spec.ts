import type { EventStoreHarness } from '@everfold/core/testing';
import { MemoryEventStore, type MemoryEventStoreOptions } from '@everfold/memory';
import { APPENDING_MUTANTS } from './appending-mutants.js';
import { CLOSING_MUTANTS } from './closing-mutants.js';
import {
  type CollectedTest,
  collectContract,
  type Failure,
  failuresOf,
} from './collected-contract.js';
import { CONTENT_MUTANTS } from './content-mutants.js';
import { DELETION_MUTANTS } from './deletion-mutants.js';
import { DurableStore } from './durable-store.js';
import { HIDING_MUTANTS } from './hiding-mutants.js';
import { HORIZON_MUTANTS } from './horizon-mutants.js';
import { ITERATING_MUTANTS } from './iterating-mutants.js';
import { MANY_MUTANTS } from './many-mutants.js';
import { METADATA_MUTANTS } from './metadata-mutants.js';
import { NUMBER_MUTANTS } from './number-mutants.js';
import { PATH_MUTANTS } from './path-mutants.js';
import { PATTERN_MUTANTS } from './pattern-mutants.js';
import { PLACE_MUTANTS } from './place-mutants.js';
import { READING_MUTANTS } from './reading-mutants.js';
import { REOPENING_MUTANTS, reopening } from './reopening-mutants.js';
import { REPEAT_MUTANTS } from './repeat-mutants.js';
import { RETENTION_MUTANTS } from './retention-mutants.js';
import { SHARING_MUTANTS } from './sharing-mutants.js';
import { SIGNAL_MUTANTS } from './signal-mutants.js';
import { SUBSCRIPTION_MUTANTS } from './subscription-mutants.js';
import { type Mutant, WrongStore } from './wrong-store.js';

const MUTANTS: readonly Mutant[] = [
  ...APPENDING_MUTANTS,
  ...READING_MUTANTS,
  ...SUBSCRIPTION_MUTANTS,
  ...CONTENT_MUTANTS,
  ...DELETION_MUTANTS,
  ...CLOSING_MUTANTS,
  ...PATH_MUTANTS,
  ...HIDING_MUTANTS,
  ...REPEAT_MUTANTS,
  ...HORIZON_MUTANTS,
  ...MANY_MUTANTS,
  ...SHARING_MUTANTS,
  ...ITERATING_MUTANTS,
  ...RETENTION_MUTANTS,
  ...METADATA_MUTANTS,
  ...NUMBER_MUTANTS,
  ...PATTERN_MUTANTS,
  ...PLACE_MUTANTS,
  ...SIGNAL_MUTANTS,
];
/** Waiting in vain is what many mutants are noticed by: a first run waits shortly, a second one confirms what is red. */
const SHORT_PATIENCE_MS = 200;
const PATIENCE_MS = 1_500;
/** For stores that are right: nothing is waited for in vain, and a busy machine is no mistake of theirs. */
const LONG_PATIENCE_MS = 15_000;
const TIMEOUT_MS = 120_000;
/** `MUTANTS=whole` runs the whole contract on each mutant and says how much of it is red: for those who change the contract. */
const WHOLE = process.env['MUTANTS'] === 'whole';

type Reopen = NonNullable<EventStoreHarness['reopen']>;

function contractOf(
  store: Mutant['store'],
  patienceMs: number,
  reopen?: Reopen,
): readonly CollectedTest[] {
  const open = async (options?: MemoryEventStoreOptions) => new store(options);
  return collectContract({
    create: () => open(),
    createWithClock: (clock) => open({ clock }),
    patienceMs,
    ...(reopen === undefined ? {} : { reopen }),
  });
}

/** What fails of the behaviours whose names contain `within`. */
async function failuresWith(
  store: Mutant['store'],
  within: string,
  reopen?: Reopen,
): Promise<readonly Failure[]> {
  const first = contractOf(store, SHORT_PATIENCE_MS, reopen);
  const suspects = await failuresOf(
    first.filter(({ name }) => name.includes(within)),
    12,
  );
  const names = new Set(suspects.map(({ name }) => name));
  const again = contractOf(store, PATIENCE_MS, reopen).filter(({ name }) => names.has(name));
  return failuresOf(again, Math.max(1, again.length));
}

function print(line: string): void {
  process.stderr.write(`${line}\n`);
}

describe('the contract of event stores', () => {
  it('has at least 700 behaviours, each of its own name', () => {
    const names = collectContract({ create: async () => new MemoryEventStore() }).map(
      ({ name }) => name,
    );

    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(700);
  });

  it(
    'is met by a right store, and by one that only passes calls on',
    async () => {
      for (const store of [MemoryEventStore, WrongStore])
        expect(await failuresOf(contractOf(store, LONG_PATIENCE_MS), 4)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'is met by a right store that is opened again',
    async () => {
      const contract = contractOf(DurableStore, LONG_PATIENCE_MS, reopening());

      expect(await failuresOf(contract, 4)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  for (const { wrong, store, caughtBy } of MUTANTS)
    it(`notices that ${wrong}`, () => isNoticed(store, caughtBy), TIMEOUT_MS);

  for (const { wrong, reopen, caughtBy } of REOPENING_MUTANTS)
    it(
      `notices that, reopened, ${wrong}`,
      () => isNoticed(DurableStore, caughtBy, reopen),
      TIMEOUT_MS,
    );
});

async function isNoticed(store: Mutant['store'], caughtBy: string, reopen?: Reopen): Promise<void> {
  const failures = await failuresWith(store, WHOLE ? '' : caughtBy, reopen);

  const names = failures.map(({ name }) => name);
  if (WHOLE) print(`  ${names.length} red, the first is: ${names[0]}`);
  expect(names).toContainEqual(expect.stringContaining(caughtBy));
}
