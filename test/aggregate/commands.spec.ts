import {
  CommandIdReusedError,
  createRepository,
  StoreUnavailableError,
  withContext,
} from '@everfold/core';
import { Account, account, deposited, opened } from './account.js';
import { never, openedAccount } from './opened-account.js';
import { restarted } from './restarted.js';
import { stores } from './stores.js';

describe.each(stores)('A command with an id on %s', (_, open) => {
  const at = openedAccount(open);

  it('marks its events with id, index and hash', async () => {
    await at.accounts.update('1', () => [deposited(1), deposited(2)], {
      commandId: 'c-1',
      commandHash: 'ab',
    });

    for (const { metadata } of (await at.stored()).slice(1))
      expect(metadata).toMatchObject({ commandId: 'c-1', commandIndex: 0, commandHash: 'ab' });
  });

  it('acts once, and answers a repeat with the state at the first result', async () => {
    const first = await at.accounts.update('1', () => [deposited(5), deposited(6)], {
      commandId: 'c-1',
    });
    await at.accounts.update('1', () => deposited(100));

    for (const repository of await restarted(at.store)) {
      const again = await repository.update('1', never, { commandId: 'c-1' });
      expect(again).toEqual({ ...first, repeated: true });
    }
    await expect(at.accounts.find('1')).resolves.toMatchObject({ state: { balance: 111 } });
  });

  it('answers a repeat with a class as it stood at the first result', async () => {
    const classes = createRepository(at.store, Account);
    const first = await classes.update('1', (a) => a.deposit(5), { commandId: 'c-1' });
    await classes.update('1', (a) => a.deposit(100));

    const again = await classes.update('1', never, { commandId: 'c-1' });

    expect(again.state).toMatchObject({ funds: 5, revision: first.revision });
    expect(() => again.state.deposit(1)).toThrow(TypeError);
  });

  it('creates once', async () => {
    const first = await at.accounts.create('2', () => opened(), { commandId: 'c-1' });
    await at.accounts.update('2', () => deposited(1));

    const again = await createRepository(at.store, account).create('2', never, {
      commandId: 'c-1',
    });

    expect(again).toEqual({ ...first, repeated: true });
    await expect(
      at.accounts.create('2', () => opened(), { commandId: 'c-2' }),
    ).rejects.toMatchObject({
      code: 'AGGREGATE_EXISTS',
    });
  });

  it('leaves a mark when it raises nothing, so that a repeat does nothing either', async () => {
    const first = await at.accounts.update('1', () => [], { commandId: 'c-1' });
    await at.accounts.update('1', () => deposited(5));

    const again = await at.accounts.update('1', never, { commandId: 'c-1' });

    expect(first).toMatchObject({ revision: 1, events: 0, repeated: false });
    expect(again).toEqual({ ...first, repeated: true });
    expect((await at.stored())[1]).toMatchObject({
      type: 'everfold.command-settled',
      metadata: { commandId: 'c-1', commandIndex: 0 },
    });
  });

  it('may even create nothing, and does not when it is repeated', async () => {
    const first = await at.accounts.create('2', () => [], { commandId: 'c-1' });

    const again = await at.accounts.create('2', never, { commandId: 'c-1' });

    expect(first).toMatchObject({ revision: 0, events: 0, state: { status: 'new' } });
    expect(again).toEqual({ ...first, repeated: true });
    await expect(at.accounts.create('2', () => opened())).resolves.toMatchObject({ revision: 1 });
  });

  it('is refused with the same id and another hash, in every update of it', async () => {
    await at.accounts.update('1', () => deposited(5), { commandId: 'c-1', commandHash: 'aa' });

    for (const repository of await restarted(at.store)) {
      const reused = repository.update('1', never, { commandId: 'c-1', commandHash: 'bb' });
      await expect(reused).rejects.toThrow(CommandIdReusedError);
      await expect(reused).rejects.toMatchObject({ stream: at.stream, commandId: 'c-1' });
    }
    await expect(at.accounts.update('1', never, { commandId: 'c-1' })).resolves.toMatchObject({
      repeated: true,
    });
  });

  it('numbers the updates that it makes of a stream', async () => {
    const handle = () =>
      withContext({ commandId: 'c-1' }, async () => {
        const one = await at.accounts.update('1', () => deposited(1));
        const two = await at.accounts.update('1', () => deposited(2));
        return [one, two];
      });

    const first = await handle();
    const again = await handle();

    expect(again).toEqual(first.map((each) => ({ ...each, repeated: true })));
    expect((await at.stored()).map(({ metadata }) => metadata.commandIndex)).toEqual([
      undefined,
      0,
      1,
    ]);
  });

  it('goes on where its first attempt was interrupted', async () => {
    const handle = (second: () => ReturnType<typeof deposited>) =>
      withContext({ commandId: 'c-1' }, async () => {
        await at.accounts.update('1', () => deposited(1));
        return at.accounts.update('1', second);
      });
    const interrupted = handle(() => {
      throw new StoreUnavailableError('gone');
    });
    await expect(interrupted).rejects.toThrow('gone');

    const done = await handle(() => deposited(2));

    expect(done).toMatchObject({ repeated: false, state: { balance: 3 } });
    await expect(handle(never)).resolves.toMatchObject({ repeated: true, revision: 2 });
  });

  it('acts once on each stream', async () => {
    await at.accounts.create('2', () => opened());

    const both = await withContext({ commandId: 'c-1' }, async () => [
      await at.accounts.update('1', () => deposited(1)),
      await at.accounts.update('2', () => deposited(1)),
    ]);

    expect(both.map(({ repeated }) => repeated)).toEqual([false, false]);
  });

  it('takes neither hash nor place from the context of another command', async () => {
    await withContext({ commandId: 'outer', commandHash: 'aa' }, async () => {
      await at.accounts.update('1', () => deposited(1), { commandId: 'inner' });
      await at.accounts.update('1', () => deposited(1));
    });

    const [, inner, outer] = (await at.stored()).map(({ metadata }) => metadata);
    expect(inner).toMatchObject({ commandId: 'inner', commandIndex: 0 });
    expect(inner).not.toHaveProperty('commandHash');
    expect(outer).toMatchObject({ commandId: 'outer', commandIndex: 0, commandHash: 'aa' });
  });
});
