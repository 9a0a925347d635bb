import { OrphanedEventsError, type Verification } from '@everfold/core';
import { Interrupted } from '../src/failure.js';
import { consumer } from './consumers.js';
import { Shell } from './shell.js';

const known = { list: async () => [consumer(), consumer({ name: 'mails', kind: 'reactor' })] };

describe('projections list', () => {
  it('shows generations in columns, and no reactors', async () => {
    const shell = new Shell({ administration: known });

    const { code, stdout } = await shell.run(['projections', 'list']);

    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['NAME', 'VERSION', 'GENERATION', 'STATE', 'LAG', 'PARKED', 'STOPPED', 'NOTES'],
      ['accounts', '1', '1', 'serving', '0', '0', '0'],
      [''],
    ]);
  });

  it('says that a lag is unknown, and what is paused, orphaned or not declared', async () => {
    const odd = consumer({ lagMs: 'unknown', paused: true, declared: false, orphaned: 7 });
    const shell = new Shell({ administration: { list: async () => [odd] } });

    const { stdout } = await shell.run(['projections', 'list']);

    expect(stdout).toMatch(/serving, paused +unknown +0 +0 +not declared, 7 orphaned/);
  });

  it('says where they are kept and how that is written, when the store tells', async () => {
    const store = 'MongoDB at db:27017/bank, guarded writes';
    const kept = [consumer({ store }), consumer({ store, generation: 2 })];
    const shell = new Shell({ administration: { list: async () => kept } });

    const { stdout } = await shell.run(['projections', 'list']);

    expect(stdout.split('\n').slice(-4)).toEqual([
      expect.stringMatching(/^accounts +1 +2 +serving/),
      '',
      'kept in MongoDB at db:27017/bank, guarded writes',
      '',
    ]);
  });

  it('prints one JSON value, and closes the store', async () => {
    const shell = new Shell({ administration: known });

    const { stdout, stderr } = await shell.run(['projections', 'list', '--json']);

    expect(JSON.parse(stdout)).toEqual([consumer()]);
    expect(stderr).toBe('');
    expect(shell.closed).toBe(1);
  });
});

describe('projections status', () => {
  it('shows segments with their owners, and why one stopped', async () => {
    const stopped = { error: 'Error: no owner', at: '2026-01-02T03:04:05.000Z', documentId: 'a-9' };
    const [segment] = consumer().segments;
    const info = consumer({ segments: segment === undefined ? [] : [{ ...segment, stopped }] });
    const shell = new Shell({ administration: { list: async () => [info] } });

    const { stdout } = await shell.run(['projections', 'status', 'accounts']);

    expect(stdout).toMatch(/^position +0000000000000042$/m);
    expect(stdout).toMatch(/^0 +m-1 +3 +- +12 +1 +0 +0$/m);
    expect(stdout).toMatch(/^error +Error: no owner$/m);
    expect(stdout).toMatch(/^documentId +a-9$/m);
  });

  it('says where it is kept and how that is written', async () => {
    const info = consumer({ commit: 'guarded', store: 'MongoDB at db:27017/bank, transactions' });
    const shell = new Shell({ administration: { list: async () => [info] } });

    const { stdout } = await shell.run(['projections', 'status', 'accounts']);

    expect(stdout).toMatch(/^commit +guarded$/m);
    expect(stdout).toMatch(/^store +MongoDB at db:27017\/bank, transactions$/m);
  });

  it('refuses an unknown name, and says which there are', async () => {
    const shell = new Shell({ administration: known });

    const { code, stderr } = await shell.run(['projections', 'status', 'acounts']);

    expect(code).toBe(2);
    expect(stderr).toBe("everfold: There is no projection 'acounts'. There are: accounts.\n");
  });
});

describe('projections rebuild', () => {
  const rebuilt = { consumer: 'accounts@1.2', switched: true, events: 200_000 };

  it('shows how far it is, and says what came of it', async () => {
    const shell = new Shell({
      administration: {
        ...known,
        rebuild: async (_, options) => {
          options?.onProgress?.({ phase: 'filling', done: 10, total: 20 });
          return rebuilt;
        },
      },
    });

    const { code, stdout, stderr } = await shell.run(['projections', 'rebuild', 'accounts']);

    expect(code).toBe(0);
    expect(stdout).toBe('accounts@1.2 is filled from 200,000 events and serves now.\n');
    expect(stderr).toMatch(/^filling: 10 of 20/);
    expect(shell.asked.at(-1)?.slice(0, 2)).toEqual(['rebuild', 'accounts']);
  });

  it.each([
    [[], { switch: true, acceptOrphans: undefined }],
    [['--no-switch'], { switch: false }],
    [['--accept-orphans'], { switch: true, acceptOrphans: true, acceptParked: undefined }],
    [['--accept-parked'], { switch: true, acceptParked: true, restart: undefined }],
    [['--restart'], { switch: true, restart: true, acceptParked: undefined }],
  ])('hands on %j', async (flags, expected) => {
    const shell = new Shell({ administration: { ...known, rebuild: async () => rebuilt } });

    await shell.run(['projections', 'rebuild', 'accounts', ...flags]);

    expect(shell.asked.at(-1)?.[2]).toMatchObject(expected);
  });

  it('is refused for orphans, and names the option', async () => {
    const shell = new Shell({
      administration: {
        ...known,
        rebuild: async () => {
          throw new OrphanedEventsError('accounts@1.2', 3);
        },
      },
    });

    const { code, stderr } = await shell.run(['projections', 'rebuild', 'accounts']);

    expect(code).toBe(5);
    expect(stderr).toContain('--accept-orphans');
    expect(stderr).not.toContain('    at ');
  });

  it('is called off by Ctrl-C, and ends with 130', async () => {
    const shell = new Shell({
      administration: {
        ...known,
        rebuild: (_, options) =>
          new Promise((_resolve, reject) => {
            options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
            shell.controller.abort(new Interrupted('SIGINT'));
          }),
      },
    });

    const { code } = await shell.run(['projections', 'rebuild', 'accounts']);

    expect(code).toBe(130);
    expect(shell.closed).toBe(1);
  });
});

describe('projections verify', () => {
  const verified = (differences: Verification['differences']) => ({
    ...known,
    verify: async () => ({
      consumer: 'accounts@1.1',
      events: 1_000,
      documents: 10,
      position: undefined,
      differences,
      incomparable: 0,
    }),
  });

  it('ends with 0 when nothing differs', async () => {
    const shell = new Shell({ administration: verified([]) });

    const { code, stdout } = await shell.run(['projections', 'verify', 'accounts']);

    expect(code).toBe(0);
    expect(stdout).toContain('10 documents compared with a fold of 1,000 events; none differs.');
  });

  it('ends with 3 and shows what differs, field by field', async () => {
    const shell = new Shell({
      administration: verified([
        {
          documentId: 'a',
          kind: 'differs',
          actual: { id: 'a', balance: 5, tags: ['x'], at: new Date(0) },
          expected: { id: 'a', balance: 7, tags: ['x', 'y'], at: new Date(0) },
        },
        { documentId: 'b', kind: 'missing', expected: { id: 'b' } },
        { documentId: 'c\u001b[2J', kind: 'unexpected', actual: { id: 'c' } },
      ]),
    });

    const { code, stdout } = await shell.run(['projections', 'verify', 'accounts', '--limit=3']);

    expect(code).toBe(3);
    expect(stdout).toContain('3 differ.');
    expect(stdout).toContain(
      'a differs\n  balance: stored 5, expected 7\n  tags[1]: stored nothing, expected "y"\n',
    );
    expect(stdout).toContain('b is missing\n  expected {"id":"b"}');
    expect(stdout).toContain('c\\u001b[2J should not be there\n  stored   {"id":"c"}');
    expect(stdout).not.toContain('at:');
  });

  it('shows so many, and gives all as JSON', async () => {
    const many = Array.from({ length: 30 }, (_, n) => ({
      documentId: `d-${n}`,
      kind: 'missing' as const,
      expected: {},
    }));
    const shell = new Shell({ administration: verified(many) });

    const shown = await shell.run(['projections', 'verify', 'accounts']);
    const json = await shell.run(['projections', 'verify', 'accounts', '--json']);

    expect(shown.stdout.match(/is missing/g)).toHaveLength(20);
    expect(shown.stdout).toContain('and 10 more');
    expect(JSON.parse(json.stdout).differences).toHaveLength(30);
    expect(json.code).toBe(3);
  });
});

describe('projections switch, rollback, drop, pause and resume', () => {
  const does = {
    ...known,
    switch: async () => {},
    rollback: async () => {},
    drop: async () => {},
    pause: async () => {},
    resume: async () => {},
  };

  it.each([
    [['switch', 'accounts', '2'], ['switch', 'accounts', 2], /Generation 2 of accounts serves now/],
    [['rollback', 'accounts'], ['rollback', 'accounts'], /accounts is back at accounts@1.1/],
    [
      ['drop', 'accounts', '--generation', '1'],
      ['drop', 'accounts', { version: undefined, generation: 1 }],
      /Dropped generation 1 of accounts/,
    ],
    [
      ['drop', 'accounts', '--projection-version', '3'],
      ['drop', 'accounts', { version: 3, generation: undefined }],
      /Dropped version 3 of accounts/,
    ],
    [['pause', 'accounts'], ['pause', 'accounts'], /accounts is paused/],
    [['resume', 'accounts'], ['resume', 'accounts'], /accounts goes on/],
  ])('%j', async (args, asked, said) => {
    const shell = new Shell({ administration: does });

    const { code, stdout } = await shell.run(['projections', ...args]);

    expect(code).toBe(0);
    expect(stdout).toMatch(said);
    expect(shell.asked.map((it) => it.slice(0, asked.length))).toContainEqual(asked);
  });

  it.each([
    ['switch', ['accounts', '2']],
    ['rollback', ['accounts']],
  ])('%s hands on what it may accept', async (name, args) => {
    const shell = new Shell({ administration: does });

    await shell.run(['projections', name, ...args, '--accept-parked', '--accept-orphans']);

    const asked = shell.asked.find(([method]) => method === name);
    expect(asked?.at(-1)).toMatchObject({ acceptParked: true, acceptOrphans: true });
  });

  it('opens the store once, though the one that serves is asked for afterwards', async () => {
    const shell = new Shell({ administration: does });

    await shell.run(['projections', 'rollback', 'accounts']);

    expect(shell.closed).toBe(1);
  });

  it('refuses a generation that is no number', async () => {
    const shell = new Shell({ administration: does });

    const { code } = await shell.run(['projections', 'switch', 'accounts', 'two']);

    expect(code).toBe(2);
    expect(shell.asked).toEqual([]);
  });
});
