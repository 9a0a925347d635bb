import { spawnSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import { EmbeddedEventStore } from '@everfold/embedded';
import { jest } from '@jest/globals';
import { BIN, CommandLine } from './command-line.js';
import { event, fill } from './logs.js';

// Every test starts processes, which takes its time on a busy machine.
jest.setTimeout(60_000);

let line: CommandLine;

beforeAll(async () => {
  line = await CommandLine.open();
  await fill(line.path('data'), 60);
});

afterAll(() => line.remove());

describe('streams list', () => {
  it('counts the events of each stream', async () => {
    const { code, stdout, stderr } = await line.run(['streams', 'list', '--json', '--quiet']);

    const found = stdout
      .trim()
      .split('\n')
      .map((it) => JSON.parse(it));
    expect([code, stderr]).toEqual([0, '']);
    expect(found[0]).toMatchObject({ stream: 'order-0', first: 0 });
    expect(found.reduce((sum, it) => sum + it.events, 0)).toBe(60);
    for (const it of found) expect(it.last - it.first + 1).toBe(it.events);
  });

  it('fails when what it says cannot be written', () => {
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', '"$0" "$1" streams list --quiet > /dev/full', process.execPath, BIN],
      { cwd: line.folder, encoding: 'utf8' },
    );

    expect(status).toBe(1);
    expect(stderr).toContain('ENOSPC');
  });

  it('keeps to a category and a limit, and says how many there are', async () => {
    const args = ['streams', 'list', '--category', 'account', '--limit', '2'];

    const { stdout, stderr } = await line.run(args);

    const rows = stdout.trim().split('\n');
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatch(/^STREAM +EVENTS +FIRST +LAST +LAST RECORDED$/);
    expect(rows.slice(1).every((it) => it.startsWith('account-'))).toBe(true);
    expect(stderr).toMatch(/\d streams, 40 events/);
  });
});

describe('streams read', () => {
  it('prints events as people read them, without moving their terminal', async () => {
    const { stdout } = await line.run(['streams', 'read', 'order-0', '--limit', '2']);

    const [first, second] = stdout.split('\n');
    expect(first).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}order-0@0 {2}even\.happened {2}\{"n":0,"text":"ä\\u2028\\n\\""\}$/,
    );
    expect(second).toContain('order-0@1');
  });

  it('begins and turns where it is told to', async () => {
    const args = ['streams', 'read', 'order-0', '--from', '2', '--backwards', '--json'];

    const { stdout } = await line.run(args);

    const revisions = stdout
      .trim()
      .split('\n')
      .map((it) => JSON.parse(it).revision);
    expect(revisions).toEqual([2, 1, 0]);
  });

  it('says so when there is nothing', async () => {
    expect(await line.run(['streams', 'read', 'order-none'])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: "'order-none' has no events there.\n",
    });
  });

  it('refuses a stream with a tombstone', async () => {
    {
      await using store = await EmbeddedEventStore.open(line.path('data'));
      await store.tombstone('gone-1');
    }

    const { code, stderr } = await line.run(['streams', 'read', 'gone-1']);

    expect(code).toBe(5);
    expect(stderr).toContain('has a tombstone');
  });
});

describe('streams tail', () => {
  it('prints what another process appends, until Ctrl-C', async () => {
    await using store = await EmbeddedEventStore.open(line.path('data'));
    const running = line.start([
      ...['streams', 'tail', '--category', 'tail', '--json', '--from-start', '--quiet'],
    ]);
    await store.append('tail-1', [event(0), event(1)]);
    await running.said('"revision":1');
    await store.append('other-1', [event(2)]);
    await store.append('tail-1', [event(3)]);
    await running.said('"revision":2');

    running.kill('SIGINT');

    const { code, stdout, stderr } = await running.ended;
    const lines = stdout
      .trim()
      .split('\n')
      .map((it) => JSON.parse(it));
    expect(code).toBe(130);
    expect(lines.map((it) => it.revision)).toEqual([0, 1, 2]);
    expect(lines[2]).toHaveProperty('dataBase64');
    expect(JSON.parse(stderr).error).toMatchObject({ code: 'INTERRUPTED', exitCode: 130 });
  });

  it('ends after so many', async () => {
    const args = ['streams', 'tail', '--from-start', '--type', 'odd.happened', '--limit', '3'];

    const { code, stdout } = await line.run(args);

    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(3);
  });

  it('refuses a position of another log', async () => {
    const { code, stderr } = await line.run(['streams', 'tail', '--after', 'xyz']);

    expect(code).toBe(5);
    expect(stderr).toContain('xyz');
  });
});

describe('store verify', () => {
  it('says what it has read', async () => {
    const { code, stdout } = await line.run(['store', 'verify', '--json', '--quiet']);

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, problems: [] });
  });

  it('ends with 3 when a byte is wrong, and says where', async () => {
    const damaged = await CommandLine.open();
    try {
      await fill(damaged.path('data'), 200);
      const file = await open(damaged.path('data/data.mdb'), 'r+');
      const content = await file.readFile();
      const at = content.lastIndexOf('even.happened');
      await file.write(Buffer.from('evil'), 0, 4, at);
      await file.close();

      const plain = await damaged.run(['store', 'verify']);
      const json = await damaged.run(['store', 'verify', '--json', '--quiet']);

      expect([plain.code, json.code]).toEqual([3, 3]);
      expect(plain.stdout).toMatch(/^The event store is damaged/);
      const { ok, problems } = JSON.parse(json.stdout) as { ok: boolean; problems: object[] };
      expect(ok).toBe(false);
      expect(problems.length).toBeGreaterThan(0);
    } finally {
      await damaged.remove();
    }
  });
});
