import { appendFile, writeFile } from 'node:fs/promises';
import { EmbeddedEventStore } from '@everfold/embedded';
import { jest } from '@jest/globals';
import { CommandLine } from './command-line.js';
import { all, contentOf, event, fill } from './logs.js';

const EVENTS = 120;
// Every test starts processes, which takes its time on a busy machine.
jest.setTimeout(60_000);

let line: CommandLine;

beforeEach(async () => {
  line = await CommandLine.open();
  await fill(line.path('data'), EVENTS);
});

afterEach(() => line.remove());

const into = { env: { STORE: './copy' } };

describe('Events that are exported and imported', () => {
  it('are the same, in the same order, with the time at which they were recorded', async () => {
    const exported = await line.run(['events', 'export', 'log.ndjson']);
    const imported = await line.run(['events', 'import', 'log.ndjson'], into);

    expect([exported.code, imported.code]).toEqual([0, 0]);
    expect(imported.stdout).toContain(`${EVENTS} events imported.`);
    expect(await contentOf(line.path('copy'))).toEqual(await contentOf(line.path('data')));
    await using source = await EmbeddedEventStore.open(line.path('data'));
    await using copy = await EmbeddedEventStore.open(line.path('copy'));
    const times = (await all(source)).map((it) => it.recordedAt.toISOString());
    const metadata = (await all(copy)).map((it) => it.metadata);
    expect(metadata.map((it) => Reflect.get(it, 'originalRecordedAt'))).toEqual(times);
    expect(metadata[4]).toMatchObject({ correlationId: 'c-4', begins: true });
  });

  it('are the same through pipes', async () => {
    const exported = await line.run(['events', 'export']);
    const imported = await line.run(['events', 'import', '--json'], {
      ...into,
      input: exported.stdout,
    });

    expect(JSON.parse(imported.stdout)).toEqual({ written: EVENTS, present: 0 });
    expect(await contentOf(line.path('copy'))).toEqual(await contentOf(line.path('data')));
  });

  it('are not imported twice', async () => {
    await line.run(['events', 'export', 'log.ndjson']);
    await line.run(['events', 'import', 'log.ndjson'], into);

    const again = await line.run(['events', 'import', 'log.ndjson', '--json'], into);

    expect(JSON.parse(again.stdout)).toEqual({ written: 0, present: EVENTS });
    expect(await contentOf(line.path('copy'))).toHaveLength(EVENTS);
  });

  it('keep the time of the first log when they are moved on', async () => {
    await line.run(['events', 'export', 'log.ndjson']);
    await line.run(['events', 'import', 'log.ndjson'], into);
    await line.run(['events', 'export', 'second.ndjson'], into);

    await line.run(['events', 'import', 'second.ndjson'], { env: { STORE: './third' } });

    await using source = await EmbeddedEventStore.open(line.path('data'));
    await using third = await EmbeddedEventStore.open(line.path('third'));
    const [first] = await all(source);
    const [moved] = await all(third);
    expect(moved?.metadata).toMatchObject({ originalRecordedAt: first?.recordedAt.toISOString() });
  });
});

describe('An export to a file', () => {
  it('ends at Ctrl-C with whole lines, and a second run completes it', async () => {
    const running = await line.held('read:4', ['events', 'export', 'log.ndjson']);
    running.kill('SIGINT');
    const interrupted = await running.ended;
    const begun = await line.read('log.ndjson');

    const second = await line.run(['events', 'export', 'log.ndjson', '--json']);

    expect([interrupted.code, interrupted.signal]).toEqual([130, null]);
    expect(begun).toMatch(/\}\n$/);
    expect(begun.trim().split('\n')).toHaveLength(30);
    expect(JSON.parse(second.stdout)).toMatchObject({ events: EVENTS - 30 });
    const whole = await line.run(['events', 'export']);
    expect(await line.read('log.ndjson')).toBe(whole.stdout);
  });

  it('ends at once at the second Ctrl-C', async () => {
    const running = await line.held('read:4', ['events', 'export', 'log.ndjson']);
    running.kill('SIGINT');
    // Two signals in a row may come as one.
    await running.said('Ctrl-C again ends at once');
    running.kill('SIGINT');
    const asked = performance.now();

    const { code, signal } = await running.ended;

    expect(performance.now() - asked).toBeLessThan(1_500);

    expect([code, signal]).toEqual([130, null]);
  });

  it('goes on behind the last whole line when it was killed in the middle of one', async () => {
    await line.run(['events', 'export', 'log.ndjson']);
    const whole = await line.read('log.ndjson');
    for (const bytes of [1, 5, 200, whole.length - 10, whole.length - 1, whole.length]) {
      await writeFile(line.path('log.ndjson'), Buffer.from(whole).subarray(0, bytes));

      const { code } = await line.run(['events', 'export', 'log.ndjson']);

      expect(code).toBe(0);
      expect(await line.read('log.ndjson')).toBe(whole);
    }
  });

  it('adds what was appended since', async () => {
    await line.run(['events', 'export', 'log.ndjson']);
    {
      await using store = await EmbeddedEventStore.open(line.path('data'));
      await store.append('account-new', [event(1)], { expected: 'no-stream' });
    }

    const { stdout } = await line.run(['events', 'export', 'log.ndjson', '--json']);

    expect(JSON.parse(stdout)).toMatchObject({ events: 1 });
    expect((await line.read('log.ndjson')).trim().split('\n')).toHaveLength(EVENTS + 1);
  });

  it('refuses a file of another log, and one that holds something else, and changes neither', async () => {
    await fill(line.path('other'), EVENTS);
    await line.run(['events', 'export', 'other.ndjson'], { env: { STORE: './other' } });
    const before = await line.read('other.ndjson');
    await writeFile(line.path('notes.txt'), 'My notes\nand more');

    const foreign = await line.run(['events', 'export', 'other.ndjson']);
    const notes = await line.run(['events', 'export', 'notes.txt', '--json']);

    expect(foreign).toMatchObject({ code: 5, stdout: '' });
    expect(foreign.stderr).toContain('another log');
    expect(await line.read('other.ndjson')).toBe(before);
    expect(notes.code).toBe(5);
    expect(JSON.parse(notes.stderr).error).toMatchObject({ code: 'REFUSED', exitCode: 5 });
    expect(await line.read('notes.txt')).toBe('My notes\nand more');
  });

  it('ends quietly when whoever reads it goes away', async () => {
    const running = line.start(['streams', 'tail', '--from-start']);
    await running.said('order-');
    running.closeOutput();
    await using store = await EmbeddedEventStore.open(line.path('data'));
    await store.append('account-new', [event(1)]);
    await store.append('account-new', [event(2)]);

    const { code, stderr } = await running.ended;

    expect([code, stderr]).toEqual([0, '']);
  });

  it('holds only the categories and types that were asked for', async () => {
    const { stdout } = await line.run([
      ...['events', 'export', '--category', 'order', '--type', 'odd.happened,even.happened'],
    ]);

    const streams = stdout
      .trim()
      .split('\n')
      .map((it) => JSON.parse(it).stream);
    expect(new Set(streams.map((it: string) => it.split('-')[0]))).toEqual(new Set(['order']));
    expect(streams).toHaveLength(EVENTS / 3);
  });
});

describe('An import', () => {
  const seed = Date.now() % 1_000;
  const places = [1, 2 + (seed % 4), 7 + (seed % 9)].flatMap((n) => [
    `append:${n}:before`,
    `append:${n}:after`,
  ]);

  it.each(places)(
    `that is killed at %s goes on without a duplicate (seed ${seed})`,
    async (place) => {
      await line.run(['events', 'export', 'log.ndjson']);
      const running = await line.held(place, ['events', 'import', 'log.ndjson'], into.env);
      running.kill('SIGKILL');
      const killed = await running.ended;
      const standing = (await contentOf(line.path('copy'))).length;

      const second = await line.run(['events', 'import', 'log.ndjson', '--json'], into);

      expect(killed.signal).toBe('SIGKILL');
      expect(standing).toBeLessThan(EVENTS);
      expect(second.code).toBe(0);
      expect(JSON.parse(second.stdout)).toEqual({ written: EVENTS - standing, present: standing });
      expect(await contentOf(line.path('copy'))).toEqual(await contentOf(line.path('data')));
    },
    60_000,
  );

  it('ends at Ctrl-C, says how far it came, and goes on', async () => {
    await line.run(['events', 'export', 'log.ndjson']);
    const running = await line.held('append:5:after', ['events', 'import', 'log.ndjson'], into.env);
    running.kill('SIGINT');
    const { code, stderr } = await running.ended;

    const second = await line.run(['events', 'import', 'log.ndjson'], into);

    expect(code).toBe(130);
    expect(stderr).not.toContain('    at ');
    expect(second.stdout).toContain('stood there already');
    expect(await contentOf(line.path('copy'))).toEqual(await contentOf(line.path('data')));
  });

  it('goes on where one from a pipe, cut into other pieces, came to', async () => {
    const { stdout } = await line.run(['events', 'export']);
    const first = stdout.split('\n').slice(0, 50).join('\n');
    await line.run(['events', 'import'], { ...into, input: first });

    const rest = await line.run(['events', 'import', '--json'], { ...into, input: stdout });

    expect(JSON.parse(rest.stdout)).toEqual({ written: EVENTS - 50, present: 50 });
    expect(await contentOf(line.path('copy'))).toEqual(await contentOf(line.path('data')));
  });

  it('writes nothing of a file with a broken line, and names the line', async () => {
    await line.run(['events', 'export', 'log.ndjson']);
    await appendFile(line.path('log.ndjson'), '{"id":"x"}\n');

    const { code, stderr } = await line.run(['events', 'import', 'log.ndjson'], into);

    expect(code).toBe(1);
    expect(stderr).toContain(`line ${EVENTS + 1}: id must be a UUID`);
    expect(await contentOf(line.path('copy'))).toEqual([]);
  });

  it('refuses where other events stand, and names the stream', async () => {
    await line.run(['events', 'export', 'log.ndjson']);
    await fill(line.path('copy'), 3);

    const { code, stderr } = await line.run(['events', 'import', 'log.ndjson'], into);

    expect(code).toBe(5);
    expect(stderr).toContain("Line 1, revision 0 of 'order-0'");
    expect(await contentOf(line.path('copy'))).toHaveLength(3);
  });

  it('refuses streams whose beginning is gone, or leaves them out when it is told to', async () => {
    {
      await using store = await EmbeddedEventStore.open(line.path('data'));
      await store.setRetention('account-1', { maxCount: 2 });
      await store.delete('order-0');
      await store.append('order-0', [event(500)], { expected: 'no-stream' });
    }
    await line.run(['events', 'export', 'log.ndjson']);

    const refused = await line.run(['events', 'import', 'log.ndjson'], into);
    const nothing = await contentOf(line.path('copy'));
    const skipped = await line.run(['events', 'import', 'log.ndjson', '--skip-incomplete'], into);

    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('account-1');
    expect(refused.stderr).toContain('order-0');
    expect(nothing).toEqual([]);
    expect(skipped.code).toBe(0);
    const left = (await contentOf(line.path('data'))).filter(
      (it) => !['account-1', 'order-0'].includes(Reflect.get(it, 'stream') as string),
    );
    expect(await contentOf(line.path('copy'))).toEqual(left);
  });

  it('takes a later part of streams of which it imported the first', async () => {
    const { stdout } = await line.run(['events', 'export']);
    const lines = stdout.split('\n');
    await line.run(['events', 'import'], { ...into, input: lines.slice(0, 80).join('\n') });
    await writeFile(line.path('rest.ndjson'), lines.slice(80).join('\n'));

    const rest = await line.run(['events', 'import', 'rest.ndjson'], into);

    expect(rest.code).toBe(0);
    expect(await contentOf(line.path('copy'))).toEqual(await contentOf(line.path('data')));
  });
});
