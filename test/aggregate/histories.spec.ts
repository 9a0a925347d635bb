import type { AggregateRepository, EventStore, RepositoryOptions } from '@everfold/core';
import { createRepository, DomainError, EverfoldError } from '@everfold/core';
import { MemoryEventStore, MemorySnapshotStore } from '@everfold/memory';
import fc from 'fast-check';
import { Account } from './account.js';
import { eventsOf } from './stores.js';

/** One call on one of two accounts, by one of two repositories that share the store. */
interface Step {
  readonly by: 0 | 1;
  readonly id: '1' | '2';
  readonly kind: 'create' | 'deposit' | 'withdraw' | 'nothing' | 'find' | 'delete';
  readonly amount: number;
  readonly commandId: string | undefined;
  /** Whether the next step does not wait for this one. */
  readonly overlaps: boolean;
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    by: fc.constantFrom(0 as const, 1 as const),
    id: fc.constantFrom('1' as const, '2' as const),
    kind: fc.constantFrom(
      'create',
      'deposit',
      'deposit',
      'withdraw',
      'nothing',
      'find',
      'delete',
    ) as fc.Arbitrary<Step['kind']>,
    amount: fc.integer({ min: 0, max: 9 }),
    commandId: fc.option(fc.constantFrom('a', 'b', 'c', 'd'), { nil: undefined }),
    overlaps: fc.boolean(),
  }),
  { maxLength: 40 },
);

const variants: readonly (readonly [string, () => RepositoryOptions])[] = [
  ['a cache', () => ({ cache: { maxAggregates: 2 } })],
  ['a cache that is too small', () => ({ cache: { maxAggregates: 1 } })],
  ['snapshots', () => ({ snapshots: { store: new MemorySnapshotStore(), every: 2 } })],
  [
    'both',
    () => ({
      cache: { maxAggregates: 2 },
      snapshots: { store: new MemorySnapshotStore(), every: 1 },
    }),
  ],
];

/** What a caller gets to see. */
async function outcomeOf(
  step: Step,
  store: EventStore,
  accounts: AggregateRepository<Account>,
): Promise<unknown> {
  const { id, kind, amount, commandId } = step;
  const options = { commandId };
  const seen = ({ state, revision }: { readonly state: Account; readonly revision: number }) => ({
    revision,
    at: state.revision,
    id: state.id,
    holder: state.holder,
    funds: state.funds,
    seen: [...state.seen],
  });
  try {
    if (kind === 'delete') return await store.delete(`specsAccount-${id}`);
    if (kind === 'find') {
      const found = await accounts.find(id);
      return found && seen(found);
    }
    const committed =
      kind === 'create'
        ? await accounts.create(id, (a) => a.open('Ada'), options)
        : await accounts.update(
            id,
            (a) => {
              if (kind === 'deposit') a.deposit(amount, `${amount}`);
              if (kind === 'withdraw') a.withdraw(amount);
            },
            options,
          );
    return { ...seen(committed), events: committed.events, repeated: committed.repeated };
  } catch (error) {
    if (error instanceof EverfoldError || error instanceof DomainError) return error.code;
    throw error;
  }
}

/** Every repository sees what the stream says, and no command has acted twice. */
async function assertCoherent(
  store: EventStore,
  repositories: readonly AggregateRepository<Account>[],
  id: string,
): Promise<void> {
  const fresh = await createRepository(store, Account).find(id);
  const found = await Promise.all(repositories.map((each) => each.find(id)));
  for (const each of found) expect(each?.state).toEqual(fresh?.state);
  const handled = (await eventsOf(store, `specsAccount-${id}`)).flatMap(
    ({ metadata }) => metadata.commandId ?? [],
  );
  expect(new Set(handled).size).toBe(handled.length);
}

describe.each(variants)('With %s', (_, options) => {
  it('every history goes as it goes without', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        const plain = new MemoryEventStore();
        const fast = new MemoryEventStore();
        const shared = options();
        const plainly = [createRepository(plain, Account), createRepository(plain, Account)];
        const quickly = [
          createRepository(fast, Account, shared),
          createRepository(fast, Account, { ...shared, ...options() }),
        ];

        for (const step of history) {
          const [expected, actual] = await Promise.all([
            outcomeOf(step, plain, plainly[step.by] as AggregateRepository<Account>),
            outcomeOf(step, fast, quickly[step.by] as AggregateRepository<Account>),
          ]);
          expect(actual).toEqual(expected);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('overlapping calls leave what their answers say', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        const store = new MemoryEventStore();
        const shared = options();
        const repositories = [
          createRepository(store, Account, { ...shared, conflictRetries: 1_000 }),
          createRepository(store, Account, { ...options(), conflictRetries: 1_000 }),
        ];
        const calls: Promise<unknown>[] = [];

        for (const step of history.filter(({ kind }) => kind !== 'delete')) {
          const repository = repositories[step.by] as AggregateRepository<Account>;
          const call = outcomeOf(step, store, repository);
          calls.push(call);
          if (!step.overlaps) await call;
        }
        await Promise.all(calls);

        for (const id of ['1', '2']) await assertCoherent(store, repositories, id);
      }),
      { numRuns: 40 },
    );
  });
});
