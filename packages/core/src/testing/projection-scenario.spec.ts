import { AssertionError } from 'node:assert';
import { Event } from '../event/event.js';
import { upcasts } from '../event/upcasts.js';
import { projection } from '../projection/projection.js';
import { at } from './projection-scenario.js';
import { scenario } from './scenario.js';
import { assertNoneOpen } from './scenario-ledger.js';

class Opened extends Event('projection-scenario.opened')<{ owner: string }> {}
class Paid extends Event(
  'projection-scenario.paid',
  upcasts<{ amount: number }>().to((old) => ({ ...old, note: '' })),
) {}
class Closed extends Event('projection-scenario.closed') {}

interface Account {
  readonly id: string;
  readonly owner: string;
  readonly balance: number;
  readonly seen: readonly (string | number | undefined)[];
  readonly openedAt: Date;
}

const accounts = projection<Account>('accounts', { version: 1 })
  .start(Opened, ({ owner }, { documentId, recordedAt, metadata, revision }) => ({
    id: documentId,
    owner,
    balance: 0,
    seen: [metadata.actor ?? '-', revision],
    openedAt: recordedAt,
  }))
  .on(Paid, (account, { amount }, { revision }) => ({
    ...account,
    balance: account.balance + amount,
    seen: [...account.seen, revision],
  }))
  .remove(Closed);

const paid = (amount: number) => new Paid({ amount, note: '' });
const ada = {
  id: '1',
  owner: 'Ada',
  balance: 0,
  seen: ['-', 0],
  openedAt: new Date(0),
} as const;

describe('A scenario of a projection', () => {
  it('comes to documents by id', async () => {
    await scenario(accounts)
      .given(
        at('account-1', new Opened({ owner: 'Ada' }), paid(5)),
        at('account-2', new Opened({ owner: 'Bob' })),
        at('account-1', paid(7)),
        at('account-2', new Closed()),
        at('account-3', paid(1)),
      )
      .expectDocuments({ 1: { ...ada, balance: 12, seen: ['-', 0, 1, 2] } });
  });

  it('may be returned to the runner instead of awaited', () =>
    scenario(accounts).given().expectDocuments({}));

  it('places events in time, and under metadata', async () => {
    await scenario(accounts)
      .given(
        at({
          stream: 'account-1',
          events: [new Opened({ owner: 'Ada' })],
          recordedAt: new Date(5),
          metadata: { actor: 'eve' },
        }),
      )
      .expectDocuments({ 1: { ...ada, openedAt: new Date(5), seen: ['eve', 0] } });
  });

  it('accepts what asymmetric matchers accept, and nothing else', async () => {
    const given = scenario(accounts).given(at('account-1', new Opened({ owner: 'Ada' })));

    await given.expectDocuments({ 1: { ...ada, openedAt: expect.any(Date) } });
    await given.expectDocuments({ 1: expect.objectContaining({ owner: 'Ada' }) });
    await expect(
      given.expectDocuments({ 1: { ...ada, owner: expect.any(Number) } }),
    ).rejects.toThrow(AssertionError);
  });

  it.each([
    ['another value', { 1: { ...ada, owner: 'Bob' } }, /- +owner: 'Bob'/],
    ['another date', { 1: { ...ada, openedAt: new Date(1) } }, /1970-01-01T00:00:00.001Z/],
    ['a field that is not there', { 1: { ...ada, note: '' } }, /- +note: ''/],
    ['a document that is not there', { 1: ada, 2: ada }, /- +'2'/],
    ['nothing', {}, /owner: 'Ada'/],
  ])('fails with the difference when %s is expected', async (_, documents, difference) => {
    const given = scenario(accounts).given(at('account-1', new Opened({ owner: 'Ada' })));

    const error = await given.expectDocuments(documents).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(AssertionError);
    expect((error as Error).message).toMatch(difference);
  });

  it('fails with what a fold throws, and with events that cannot be stored', async () => {
    const twice = [new Opened({ owner: 'Ada' }), new Opened({ owner: 'Ada' })];

    await expect(
      scenario(accounts)
        .given(at('account-1', ...twice))
        .expectDocuments({}),
    ).rejects.toThrow(/is there already/);
    await expect(
      scenario(accounts)
        .given(at('account-1', paid(Number.NaN)))
        .expectDocuments({}),
    ).rejects.toThrow(/data.amount/);
    await expect(
      scenario(accounts)
        .given(at('$x', paid(1)))
        .expectDocuments({}),
    ).rejects.toThrow(TypeError);
  });

  it('fails its test when it is left open', () => {
    scenario(accounts).given();

    expect(assertNoneOpen).toThrow(/expectDocuments/);
  });
});
