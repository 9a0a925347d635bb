import { withContext } from '@everfold/core';
import { closeAll, eventsOf } from './support/applications.js';
import { fill, Script, type ScriptTools, startTanks, UseTank } from './support/tanks.js';

const withId = <R>(run: () => R) => withContext({ commandId: 'c-1' }, run);

/** Tanks, and a command with an id that does what the spec says. */
async function startScript(script: (tools: ScriptTools, run: number) => Promise<unknown>) {
  const started = await startTanks();
  await fill(started);
  started.scripted.script = script;
  const levelOf = async () => (await started.tanks.load('a')).level;
  return {
    ...started,
    levelOf,
    send: () => withId(() => started.commands.execute(new Script('x'))),
  };
}

const byAnother = (tools: ScriptTools, litres: number) =>
  withContext({ commandId: 'another' }, () => tools.commands.execute(new UseTank('a', litres)));

afterEach(closeAll);

describe('A command with an id that commits one aggregate twice', () => {
  it('goes on when another writer comes between its commits, and acts once', async () => {
    const { send, levelOf } = await startScript(async (tools, run) => {
      const tank = await tools.tanks.load('a');
      tank.empty(10);
      await tank.commit();
      if (run === 1) await byAnother(tools, 1);
      tank.empty(20);
      await tank.commit();
      return tank.level;
    });

    const first = await send();
    const second = await send();

    expect([first, second]).toEqual([69, 69]);
    await expect(levelOf()).resolves.toBe(69);
  });

  it('goes on after it was killed between its commits, and another has written', async () => {
    const { send, levelOf } = await startScript(async (tools, run) => {
      const tank = await tools.tanks.load('a');
      tank.empty(10);
      await tank.commit();
      if (run === 1) throw new Error('killed');
      tank.empty(20);
      await tank.commit();
    });
    await expect(send()).rejects.toThrow('killed');

    await send();
    await send();

    await expect(levelOf()).resolves.toBe(70);
  });

  it('does both in contexts of their own', async () => {
    const { send, levelOf } = await startScript(async ({ tanks }) => {
      for (const actor of ['ada', 'bob'])
        await withContext({ actor }, async () => {
          const tank = await tanks.load('a');
          tank.empty(10);
          await tank.commit();
        });
    });

    await send();
    await send();

    await expect(levelOf()).resolves.toBe(80);
  });
});

describe('A command with an id', () => {
  it('that finds nothing to do has nothing to do when it is repeated', async () => {
    const { send, levelOf, app, tanks } = await startScript(async (tools) => {
      const tank = await tools.tanks.load('a');
      if (tank.level < 100) tank.empty(tank.level);
      await tank.commit();
      await tank.commit();
    });

    await send();
    const other = await tanks.load('a');
    other.empty(1);
    await other.commit();
    await send();

    await expect(levelOf()).resolves.toBe(99);
    const types = (await eventsOf(app)).map(({ type }) => type);
    expect(types).toEqual(['tank.filled', 'everfold.command-settled', 'tank.emptied']);
  });

  it('says so when a nested command has changed what it holds, each time', async () => {
    const { send, levelOf } = await startScript(async ({ tanks, commands }) => {
      const tank = await tanks.load('a');
      await commands.execute(new UseTank('a', 1));
      tank.empty(10);
      await tank.commit();
    });

    await expect(send()).rejects.toThrow(/another commit of the same command.*load it again/s);
    await expect(send()).rejects.toThrow(/load it again/);
    await expect(levelOf()).resolves.toBe(99);
  });

  it('that sends commands at once to one aggregate is told to wait for each', async () => {
    const { send } = await startScript(({ commands }) =>
      Promise.all([commands.execute(new UseTank('a', 1)), commands.execute(new UseTank('a', 2))]),
    );

    await expect(send()).rejects.toThrow(/one after the other/);
  });
});
