import { AssertionError } from 'node:assert';
import { aggregate } from '../aggregate/aggregate-fold.js';
import { Aggregate, AggregateRoot, On } from '../aggregate/aggregate-root.js';
import { DomainError } from '../command/domain-error.js';
import { Event } from '../event/event.js';
import { scenario } from './scenario.js';
import { assertNoneOpen } from './scenario-ledger.js';

class Opened extends Event('scenario.opened')<{ owner: string }> {}
class Deposited extends Event('scenario.deposited')<{ amount: number }> {}
class Refused extends DomainError {
  readonly code = 'refused';
}

@Aggregate('scenarioAccount')
class Account extends AggregateRoot {
  private balance = 0;
  deposit(amount: number): void {
    this.apply(new Deposited({ amount }));
  }
  withdraw(amount: number): void {
    if (amount > this.balance)
      throw new Refused('too much', { details: { amount, balance: this.balance } });
  }
  @On(Deposited) protected onDeposited({ amount }: Deposited): void {
    this.balance += amount;
  }
}
const account = aggregate('scenarioAccount', { initial: () => ({ balance: 0 }) })
  .on(Opened, (state) => state)
  .on(Deposited, (state, { amount }) => ({ balance: state.balance + amount }));

const given = () =>
  scenario(Account).given(new Opened({ owner: 'Ada' }), new Deposited({ amount: 3 }));

describe('A scenario', () => {
  it('passes when exactly the expected events are raised', async () => {
    await given()
      .when((a) => a.deposit(1))
      .expectEvents(new Deposited({ amount: 1 }));
    await scenario(account)
      .given(new Deposited({ amount: 3 }))
      .when(async (s) => [new Deposited({ amount: s.balance + 1 })])
      .expectEvents(new Deposited({ amount: 4 }));
  });

  it('may be returned to the runner instead of awaited', () =>
    given()
      .when((a) => a.withdraw(3))
      .expectNothing());

  it.each([
    ['other data', [new Deposited({ amount: 2 })]],
    ['another type', [new Opened({ owner: 'Ada' })]],
    ['one more', [new Deposited({ amount: 1 }), new Deposited({ amount: 1 })]],
    ['nothing', []],
  ])('fails with a difference that shows types and data when %s is expected', async (_, events) => {
    const checked = given()
      .when((a) => a.deposit(1))
      .expectEvents(...events);

    await expect(checked).rejects.toThrow(AssertionError);
    await expect(checked).rejects.toThrow(/amount: 1[\s\S]*scenario\.deposited/);
  });

  it('fails when nothing is expected and an event is raised', async () => {
    const checked = given()
      .when((a) => a.deposit(1))
      .expectNothing();

    await expect(checked).rejects.toThrow(/scenario\.deposited/);
  });

  it('passes when the expected error is thrown, and compares the fields that are named', async () => {
    const outcome = given().when((a) => a.withdraw(4));

    await outcome.expectError(Refused);
    await outcome.expectError(DomainError, {
      code: 'refused',
      message: /too/,
      details: { balance: expect.any(Number) },
    });
    await expect(outcome.expectError(Refused, { details: { balance: 4 } })).rejects.toThrow(
      /balance: 3[\s\S]*balance: 4/,
    );
  });

  it.each([
    ['another error is thrown', (a: Account) => a.withdraw(4), /threw Refused: too much/],
    [
      'events are raised',
      (a: Account) => a.deposit(1),
      /raised: scenario\.deposited \{"amount":1\}/,
    ],
    ['nothing happens', () => undefined, /nothing was raised or thrown/],
  ])('fails when an error is expected and %s', async (_, act, message) => {
    const checked = given().when(act).expectError(RangeError);

    await expect(checked).rejects.toThrow(message);
  });

  it('fails with what was thrown when events are expected', async () => {
    const checked = given()
      .when((a) => a.withdraw(4))
      .expectEvents(new Opened({ owner: '' }));

    await expect(checked).rejects.toThrow(/threw Refused: too much/);
  });

  it('runs the change once, however much is expected of it', async () => {
    let runs = 0;
    const outcome = scenario(account)
      .given()
      .when(() => {
        runs += 1;
        return [];
      });

    await outcome.expectNothing();
    await outcome.expectNothing();

    expect(runs).toBe(1);
  });

  it('fails its test when it has no expectation', () => {
    scenario(Account).given();

    expect(() => assertNoneOpen()).toThrow(/left open/);
  });

  it('fails its test when nobody awaits its expectation', () => {
    void given()
      .when((a) => a.deposit(1))
      .expectNothing();

    expect(() => assertNoneOpen()).toThrow(/left open/);
  });

  it.each([
    ['first', 0],
    ['second', 1],
  ])('fails its test when nobody awaits the %s of two expectations', async (_, left) => {
    const outcome = given().when((a) => a.deposit(1));
    const wrong = () => outcome.expectNothing();
    const right = () => outcome.expectEvents(new Deposited({ amount: 1 }));

    const expected = left === 0 ? [wrong(), right()] : [right(), wrong()];
    await expected[1 - left];

    expect(() => assertNoneOpen()).toThrow(/left open/);
  });

  it('passes when several expectations are awaited, in whatever order', async () => {
    const outcome = given().when((a) => a.deposit(1));
    const first = outcome.expectEvents(new Deposited({ amount: 1 }));
    const second = outcome.expectEvents(new Deposited({ amount: 1 }));

    await second;
    await first;

    expect(() => assertNoneOpen()).not.toThrow();
  });

  it('refuses given events that could not be stored', async () => {
    const checked = scenario(Account)
      .given(new Deposited({ amount: Number.NaN }))
      .when(() => undefined)
      .expectNothing();

    await expect(checked).rejects.toMatchObject({
      code: 'UNSERIALIZABLE_EVENT',
      path: 'data.amount',
    });
  });
});
