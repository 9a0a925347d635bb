import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aggregate, createRepository, Event } from '@everfold/core';
import { EmbeddedEventStore } from '@everfold/embedded';

class Deposited extends Event('killed.deposited')<{ amount: number }> {}
const account = aggregate('killedAccount', { initial: () => 0 }).on(
  Deposited,
  (balance, { amount }) => balance + amount,
);
const fixture = join(dirname(fileURLToPath(import.meta.url)), 'fixtures', 'killed-handler.mjs');

describe('A process that is killed between append and answer', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everfold-killed-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('has acted, and its repeat in another process does not act again', async () => {
    const child = spawn(process.execPath, [fixture, folder, 'c-1'], { stdio: 'inherit' });
    const [, signal] = await once(child, 'exit');
    await using store = await EmbeddedEventStore.open({ folder });

    const again = await createRepository(store, account).create(
      '1',
      () => new Deposited({ amount: 5 }),
      { commandId: 'c-1' },
    );

    expect(signal).toBe('SIGKILL');
    expect(again).toMatchObject({ repeated: true, revision: 0, state: 5 });
  });
});
