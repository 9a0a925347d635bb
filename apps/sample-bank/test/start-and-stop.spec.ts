import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BankProcess } from './support/bank-process.js';
import { withFolder } from './support/test-bank.js';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const MEMORY = { EVENT_STORE: 'memory' };
const HEAD = 'POST /accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
const BODY = '{"owner":"Ada","currency":"EUR"}';

describe('starting', () => {
  it('says where it listens, where the data lies, and three commands to try', () =>
    withFolder(async (folder) => {
      const bank = await BankProcess.start({ DATA_DIR: join(folder, 'bank') });

      const { code, stdout, stderr } = await bank.kill('SIGTERM');

      const lines = stdout.trimEnd().split('\n');
      expect(lines[0]).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+$/);
      expect(lines[1]).toContain(join(folder, 'bank'));
      expect(lines.filter((line) => line.startsWith('curl '))).toHaveLength(3);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }));

  (hasCurl ? it : it.skip)('prints commands that work when pasted (needs curl)', async () => {
    const bank = await BankProcess.start(MEMORY);
    const commands = bank.stdout.split('\n').filter((line) => line.startsWith('curl '));

    const answers: string[] = [];
    for (const command of commands) {
      const { stdout } = await promisify(execFile)('sh', ['-c', command]);
      answers.push(stdout);
    }
    await bank.kill('SIGTERM');

    expect(answers).toEqual([
      expect.stringMatching(/^HTTP\/1.1 201 /),
      expect.stringMatching(/^HTTP\/1.1 201 /),
      expect.stringMatching(/^HTTP\/1.1 200 .*"balance":2500/s),
    ]);
  });

  it('keeps data in ./data by default, on the embedded store', () =>
    withFolder(async (folder) => {
      const bank = await BankProcess.start({}, folder);

      await bank.kill('SIGTERM');

      await expect(access(join(folder, 'data'))).resolves.toBeUndefined();
    }));

  it.each([
    ['PORT', 'http'],
    ['EVENT_STORE', 'oracle'],
    ['READ_TIMEOUT_MS', '-1'],
    ['APPROVAL_TIMEOUT_MS', 'never'],
  ])('ends with 1 and names %s when it is %s', async (name, value) => {
    const { code, stdout, stderr } = await BankProcess.spawn({ ...MEMORY, [name]: value }).ended;

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^${name} is .*${value}`, 'm'));
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('ends with 1 and says that EVENT_STORE=eventstoredb is not built yet', async () => {
    const environment = { ...MEMORY, EVENT_STORE: 'eventstoredb' };

    const { code, stderr } = await BankProcess.spawn(environment).ended;

    expect(code).toBe(1);
    expect(stderr).toMatch(/^EVENT_STORE .*not built yet/m);
  });

  it.each<readonly [string, Record<string, string>]>([
    ['missing', {}],
    ['of another kind', { MONGODB_URL: 'http://ada:hunter2@db' }],
    ['malformed', { MONGODB_URL: 'mongodb://ada:hunter2@db:27017:27018/bank' }],
    ['not percent-encoded', { MONGODB_URL: 'mongodb://ada:hunter2%@db/bank' }],
  ])('ends with 1 and names MONGODB_URL, but no password, when it is %s', async (_, given) => {
    const environment = { ...MEMORY, READ_MODELS: 'mongodb', ...given };

    const { code, stderr } = await BankProcess.spawn(environment).ended;

    expect(code).toBe(1);
    expect(stderr).toMatch(/^cannot start:\nMONGODB_URL .*\.\n$/);
    expect(stderr).not.toMatch(/hunter2/);
  });

  it('ends with 1 and names the port when it is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;

    const { code, stderr } = await BankProcess.spawn({ ...MEMORY, PORT: String(port) }).ended;
    other.close();

    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^cannot start:\nHOST 127.0.0.1 with PORT ${port} cannot be listened on: .*\n$`),
    );
  });

  it('ends with 1 and names the host when this machine has it not', async () => {
    const { code, stderr } = await BankProcess.spawn({ ...MEMORY, HOST: '192.0.2.1' }).ended;

    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^cannot start:\nHOST 192\.0\.2\.1 with PORT 0 cannot be listened on: .*\n$/,
    );
  });

  it.each([
    ['a file', (at: string) => writeFile(at, 'x')],
    [
      'a folder of something else',
      async (at: string) => {
        await mkdir(at);
        await writeFile(join(at, 'data.mdb'), 'not a database');
      },
    ],
  ])('ends with 1 and names DATA_DIR when it is %s', (_, make) =>
    withFolder(async (folder) => {
      const dataDir = join(folder, 'taken');
      await make(dataDir);

      const { code, stderr } = await BankProcess.spawn({ DATA_DIR: dataDir }).ended;

      expect(code).toBe(1);
      expect(stderr).toContain(`DATA_DIR ${dataDir}`);
      expect(stderr).not.toMatch(/^\s+at /m);
    }),
  );
});

describe('stopping', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s', async (signal) => {
    const bank = await BankProcess.start(MEMORY);

    const { code, stderr } = await bank.kill(signal);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('ends with 0 when it is told before it listens', async () => {
    const bank = BankProcess.spawn(MEMORY);
    await once(bank.child, 'spawn');
    const stillStarting = setInterval(() => bank.child.kill('SIGTERM'), 20);

    const { code, signal } = await bank.ended;
    clearInterval(stillStarting);

    expect(code === 0 || signal === 'SIGTERM').toBe(true);
  });

  it('answers what is in flight, whatever else comes, and lets nobody in', async () => {
    const bank = await BankProcess.start(MEMORY);
    const { port } = new URL(bank.url);
    const late = connect(Number(port), '127.0.0.1').setEncoding('utf8');
    const head = `${HEAD}Content-Length: ${BODY.length}\r\n\r\n`;
    late.write(head + BODY.slice(0, 10));
    // Answered on another connection: by now the bank has the beginning of the first request.
    await bank.send('GET', '/nothing');

    bank.child.kill('SIGTERM');
    await refused(Number(port));
    bank.child.kill('SIGTERM');
    bank.child.kill('SIGINT');
    late.write(BODY.slice(10));
    const [answer] = await once(late, 'data');
    const { code } = await bank.ended;

    expect(answer).toMatch(/^HTTP\/1.1 201 /);
    expect(answer).toMatch(/^Connection: close\r$/m);
    expect(code).toBe(0);
  });

  it('answers or refuses everyone under load, and breaks no connection off', async () => {
    const bank = await BankProcess.start(MEMORY);
    const outcomes: string[] = [];
    const keepAsking = async (): Promise<void> => {
      const outcome = await bank.send('GET', '/nothing').then(
        ({ status }) => String(status),
        ({ code }) => String(code),
      );
      outcomes.push(outcome);
      if (outcome === '404') await keepAsking();
    };
    const clients = Promise.all(Array.from({ length: 60 }, keepAsking));
    while (outcomes.length < 300) await bank.send('GET', '/nothing');

    const { code } = await bank.kill('SIGTERM');
    await clients;

    expect(code).toBe(0);
    expect(new Set(outcomes)).toEqual(new Set(['404', 'ECONNREFUSED']));
  });

  it('answers a client that was let in just before', async () => {
    const bank = await BankProcess.start(MEMORY);
    const { port } = new URL(bank.url);
    const slow = connect(Number(port), '127.0.0.1').setEncoding('utf8');
    await once(slow, 'connect');
    // Answered on another connection: by now the bank has the first one.
    await bank.send('GET', '/nothing');

    bank.child.kill('SIGTERM');
    slow.write('GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n');
    const [answer] = await once(slow, 'data');
    const { code } = await bank.ended;

    expect(answer).toMatch(/^HTTP\/1.1 404 /);
    expect(code).toBe(0);
  });

  it('does not wait for connections that nobody uses', async () => {
    const bank = await BankProcess.start({ ...MEMORY, SHUTDOWN_TIMEOUT_MS: '60000' });
    const { port } = new URL(bank.url);
    const silent = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    await once(silent, 'connect');
    const agent = new Agent({ keepAlive: true });
    await new Promise((resolve, reject) => {
      request(`${bank.url}/nothing`, { agent }, (answer) => answer.resume().on('end', resolve))
        .on('error', reject)
        .end();
    });
    const begin = performance.now();

    const { code } = await bank.kill('SIGTERM');
    agent.destroy();
    silent.destroy();

    expect(code).toBe(0);
    expect(performance.now() - begin).toBeLessThan(20_000);
  });

  it('waits for a request that never ends no longer than it was told', async () => {
    const bank = await BankProcess.start({ ...MEMORY, SHUTDOWN_TIMEOUT_MS: '500' });
    const { port } = new URL(bank.url);
    const endless = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    endless.write(`${HEAD}Content-Length: 500\r\n\r\n{`);
    await bank.send('GET', '/nothing');

    const { code } = await bank.kill('SIGTERM');
    endless.destroy();

    expect(code).toBe(0);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends when a shell that became it gets %s',
    async (signal) => {
      const main = new URL('../dist/main.js', import.meta.url).pathname;
      const shell = spawn('sh', ['-c', `true && exec '${process.execPath}' '${main}'`], {
        env: { ...MEMORY, PORT: '0' },
      });
      await once(shell.stdout, 'data');

      shell.kill(signal);
      const [code] = await once(shell, 'close');

      expect(code).toBe(0);
    },
  );
});

/** Resolves when nothing listens at a port any more. */
async function refused(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const outcome = await Promise.race([
      once(socket, 'connect').then(() => 'open'),
      once(socket, 'error').then(() => 'refused'),
    ]).catch(() => 'refused');
    socket.destroy();
    if (outcome === 'refused') return;
  }
}
