import type { CommandMiddleware } from '@everfold/core';
import {
  CommandType,
  commandHash,
  commandPipeline,
  createRepository,
  idempotency,
  retry,
  StoreUnavailableError,
  withContext,
} from '@everfold/core';
import { account, deposited, opened } from './account.js';
import { gate } from './gate.js';
import { never, openedAccount } from './opened-account.js';
import { stores } from './stores.js';

describe.each(stores)('A command that is handled twice on %s', (_, open) => {
  const at = openedAccount(open);

  it('decides once when two of it are on their way at the same time', async () => {
    const loaded = gate(2);
    const change = async () => {
      await loaded();
      return deposited(5);
    };

    const both = await Promise.all([
      at.accounts.update('1', change, { commandId: 'c-1' }),
      createRepository(at.store, account).update('1', change, { commandId: 'c-1' }),
    ]);

    expect(both.map(({ repeated }) => repeated).sort()).toEqual([false, true]);
    expect(new Set(both.map(({ revision, token }) => `${revision} ${token}`)).size).toBe(1);
    await expect(at.stored()).resolves.toHaveLength(2);
  });

  it('creates once when two of it are on their way, and replays before it compares revisions', async () => {
    const loaded = gate(4);
    const changing =
      (event: ReturnType<typeof opened> | ReturnType<typeof deposited>) => async () => {
        await loaded();
        return event;
      };
    const created = [1, 2].map(() =>
      at.accounts.create('2', changing(opened()), { commandId: 'c-1' }),
    );
    const updated = [1, 2].map(() =>
      at.accounts.update('1', changing(deposited(5)), { commandId: 'c-1', expected: 0 }),
    );

    const results = await Promise.all([...created, ...updated]);

    expect(results.filter(({ repeated }) => repeated)).toHaveLength(2);
    await expect(at.stored()).resolves.toHaveLength(2);
  });

  it('acts once when the process died between append and answer', async () => {
    const died = new Error('killed');
    at.store.afterAppend = () => {
      throw died;
    };
    await expect(at.accounts.update('1', () => deposited(5), { commandId: 'c-1' })).rejects.toBe(
      died,
    );
    at.store.afterAppend = () => undefined;

    const again = await createRepository(at.store, account).update('1', never, {
      commandId: 'c-1',
    });

    expect(again).toMatchObject({ repeated: true, revision: 1, state: { balance: 5 } });
  });

  it('acts once when a retry handles it anew', async () => {
    @CommandType('specs.deposit-twice')
    class DepositTwice {
      readonly amount = 5;
    }
    let attempts = 0;
    const failOnce: CommandMiddleware = async (_message, next) => {
      const result = await next();
      attempts += 1;
      if (attempts === 1) throw new StoreUnavailableError('once');
      return result;
    };
    const pipeline = commandPipeline(idempotency(), retry({ baseMs: 1 }), failOnce);
    const command = new DepositTwice();

    const results = await withContext({ commandId: 'c-1' }, () =>
      pipeline.execute(command, async ({ amount }) => [
        await at.accounts.update('1', () => deposited(amount)),
        await at.accounts.update('1', () => deposited(amount)),
      ]),
    );

    expect(attempts).toBe(2);
    expect(results.map(({ repeated, revision }) => ({ repeated, revision }))).toEqual([
      { repeated: true, revision: 1 },
      { repeated: true, revision: 2 },
    ]);
    expect((await at.stored())[2]?.metadata).toMatchObject({
      commandIndex: 1,
      commandHash: commandHash(command),
    });
  });

  it('acts as a part of the command in whose handler it is executed', async () => {
    @CommandType('specs.outer')
    class Outer {}
    @CommandType('specs.inner')
    class Inner {}
    const pipeline = commandPipeline(idempotency(), retry());

    await withContext({ commandId: 'c-1' }, () =>
      pipeline.execute(new Outer(), async () => {
        await at.accounts.update('1', () => deposited(1));
        await pipeline.execute(new Inner(), () => at.accounts.update('1', () => deposited(2)));
      }),
    );

    expect((await at.stored()).slice(1).map(({ metadata }) => metadata)).toMatchObject([
      { commandIndex: 0, commandHash: commandHash(new Outer()) },
      { commandIndex: 1, commandHash: commandHash(new Outer()) },
    ]);
  });
});
