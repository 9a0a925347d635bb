import { type EventStore, withContext } from '@everfold/core';
import { MemoryEventStore } from '@everfold/memory';
import { closeAll } from './support/applications.js';
import { fill, OpenTank, startTanks, UseTank, UseTwice } from './support/tanks.js';

afterEach(closeAll);

describe('A command whose handler commits', () => {
  const withId = <R>(run: () => R) => withContext({ commandId: 'c-1' }, run);

  it('acts once under one id, and decides the second time as the first', async () => {
    const started = await startTanks();
    await fill(started);
    const use = () => withId(() => started.commands.execute(new UseTank('a', 60)));

    const first = await use();
    await started.commands.execute(new UseTank('a', 10));
    const second = await use();

    expect([first, second]).toEqual([40, 40]);
    await expect(started.tanks.load('a')).resolves.toMatchObject({ level: 30 });
  });

  it('sees what it has committed itself, and a repeat decides all of it again', async () => {
    const started = await startTanks();
    await fill(started);
    const useTwice = () => withId(() => started.commands.execute(new UseTwice('a', 10)));

    const first = await useTwice();
    await started.commands.execute(new UseTank('a', 5));
    const second = await useTwice();

    expect(first).toEqual([90, 80, 70]);
    expect(second).toEqual([90, 80, 70]);
    await expect(started.tanks.load('a')).resolves.toMatchObject({ level: 65 });
  });

  it('does the same without an id', async () => {
    const started = await startTanks();
    await fill(started);

    await expect(started.commands.execute(new UseTwice('a', 10))).resolves.toEqual([90, 80, 70]);
  });

  it('goes on where an earlier run ended half way', async () => {
    const store = new MemoryEventStore();
    const started = await startTanks(store);
    await fill(started);
    const append = store.append.bind(store);
    let appends = 0;
    store.append = async (...given: Parameters<EventStore['append']>) => {
      appends += 1;
      if (appends === 2) throw new Error('the process is killed');
      return append(...given);
    };
    const useTwice = () => withId(() => started.commands.execute(new UseTwice('a', 10)));
    await expect(useTwice()).rejects.toThrow('the process is killed');

    await expect(useTwice()).resolves.toEqual([90, 80, 70]);
    await expect(useTwice()).resolves.toEqual([90, 80, 70]);
    await expect(started.tanks.load('a')).resolves.toMatchObject({ level: 70 });
  });

  it('creates once, though its handler asks first whether it is there', async () => {
    const started = await startTanks();
    const open = () => withId(() => started.commands.execute(new OpenTank('a')));

    await open();
    await open();

    await expect(started.tanks.load('a')).resolves.toMatchObject({ level: 1 });
    await expect(started.commands.execute(new OpenTank('a'))).rejects.toThrow('there already');
  });

  it('lets a read behind it, under the same id, see what it did', async () => {
    const started = await startTanks();
    await fill(started);

    const level = await withId(async () => {
      await started.commands.execute(new UseTank('a', 10));
      return (await started.tanks.load('a')).level;
    });

    expect(level).toBe(90);
  });

  it('is told from another command under the same id', async () => {
    const started = await startTanks();
    await fill(started);
    await withId(() => started.commands.execute(new UseTank('a', 1)));

    await expect(withId(() => started.commands.execute(new UseTank('a', 2)))).rejects.toMatchObject(
      { code: 'COMMAND_ID_REUSED' },
    );
  });

  it('is handled again after a conflict when it has an id, and rejects when it has none', async () => {
    const started = await startTanks();
    await fill(started);
    started.handler.meanwhile = async (run) => {
      if (run !== 1) return;
      const other = await withContext({ commandId: undefined }, () => started.tanks.load('a'));
      other.empty(5);
      await withContext({ commandId: undefined }, () => other.commit());
    };

    await expect(withId(() => started.commands.execute(new UseTank('a', 10)))).resolves.toBe(85);
    started.handler.runs = 0;
    await expect(started.commands.execute(new UseTank('a', 10))).rejects.toThrow();

    expect(started.handler.runs).toBe(1);
    await expect(started.tanks.load('a')).resolves.toMatchObject({ level: 80 });
  });

  it('is not answered before its commit, also when its handler does not await it', async () => {
    const store = new MemoryEventStore();
    const started = await startTanks(store);
    await fill(started);
    started.handler.isHasty = true;
    let isStored = false;
    const append = store.append.bind(store);
    store.append = async (...given: Parameters<EventStore['append']>) => {
      await new Promise(setImmediate);
      const result = await append(...given);
      isStored = true;
      return result;
    };

    await started.commands.execute(new UseTank('a', 1));

    expect(isStored).toBe(true);
    store.append = () => Promise.reject(new Error('the disk is full'));
    await expect(started.commands.execute(new UseTank('a', 1))).rejects.toThrow('the disk is full');
  });
});
