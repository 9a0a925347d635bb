import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedEventStore } from '@everfold/embedded';
import { probe } from './events.js';
import { Folders } from './folders.js';
import { print } from './patience.js';
import { Processes } from './processes.js';
import { fill, reasonOf } from './refusals.js';

const processes = new Processes();
const folders = new Folders();

afterEach(async () => {
  await processes.end();
  await folders.remove();
});

describe('A store at its maxBytes', () => {
  it('rejects appends and stays readable; opened with more, it goes on', async () => {
    const folder = await folders.create();
    const child = await processes.start();
    await child.call('open', { folder, maxBytes: 2_000_000 });
    const appended = await fill(child);

    const again = await reasonOf(
      child.call('append', { stream: 'account-1', data: 'x'.repeat(100_000) }),
    );
    const shown = await child.call('readAll', { summary: true });
    const verified = await child.call('verify');
    const { size } = await stat(join(folder, 'data.mdb'));
    await child.call('close');
    await child.call('open', { folder, maxBytes: 20_000_000 });
    const next = await child.call('append', {
      stream: 'account-1',
      expected: appended - 1,
      data: 'x'.repeat(100_000),
    });

    expect(appended).toBeGreaterThan(5);
    expect(again).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(shown).toMatchObject({ count: appended });
    expect(verified).toMatchObject({ ok: true });
    expect(next).toMatchObject({ revision: appended });
    expect(child.ending).toBeUndefined();
    expect(size).toBeLessThanOrEqual(2_000_000);
    print(`map full: ${appended} appends fitted, more after opening with a larger maxBytes`);
  }, 60_000);

  it('does not limit another process that allows more', async () => {
    const folder = await folders.create();
    const child = await processes.start();
    await child.call('open', { folder, maxBytes: 2_000_000 });
    const appended = await fill(child);

    await using store = await EmbeddedEventStore.open(folder);
    await store.append('account-2', [probe('y'.repeat(3_000_000))]);

    expect(await child.call('readAll', { summary: true })).toMatchObject({ count: appended + 1 });
  }, 60_000);
});
