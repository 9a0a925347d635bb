import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const file = join(root, 'docker-compose.yml');
const script = join(root, 'tools/test-servers.mjs');

interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly ports: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
}

describe('docker-compose.yml', () => {
  let services: Readonly<Record<string, Service>>;
  let mongodb: Service | undefined;
  beforeAll(async () => {
    ({ services } = parse(await readFile(file, 'utf8')));
    mongodb = services['mongodb'];
  });

  it('fixes the version of each server to the last digit', () => {
    const images = Object.values(services).map(({ image }) => image);

    expect(images).toEqual([expect.stringMatching(/^mongo:8\.0\.\d+$/)]);
  });

  it('opens ports to this machine only', () => {
    const ports = Object.values(services).flatMap((service) => service.ports);

    expect(ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)]);
  });

  it('makes MongoDB a replica set of one node, under the address by which it is reached', () => {
    const { command = [], ports = [], healthcheck } = mongodb ?? {};
    const set = command[command.indexOf('--replSet') + 1];
    const port = command[command.indexOf('--port') + 1];
    const [shell, program, ...args] = healthcheck?.test ?? [];
    const asked = args.at(-1) ?? '';

    expect({ shell, program }).toEqual({ shell: 'CMD', program: 'mongosh' });
    expect(args).toEqual(['--port', port, '--quiet', '--eval', asked]);
    expect(ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(asked).toContain(`_id: '${set}', members: [{ _id: 0, host: 'localhost:${port}' }]`);
  });

  it.each([
    [
      'a node that is new is initiated, and not healthy yet',
      { initiated: false, primary: false },
      1,
    ],
    ['a node that is initiated waits until it is primary', { initiated: true, primary: false }, 1],
    ['a primary is healthy', { initiated: true, primary: true }, 0],
  ])('checks health: %s', (_, { initiated, primary }, code) => {
    const asked = mongodb?.healthcheck.test.at(-1) ?? '';
    const made: unknown[] = [];
    let ended = 0;
    const rs = {
      status: () => {
        if (!initiated) throw Object.assign(new Error('no'), { codeName: 'NotYetInitialized' });
      },
      initiate: (configuration: unknown) => made.push(configuration),
    };
    const db = { hello: () => ({ isWritablePrimary: primary }) };

    new Function('rs', 'db', 'quit', asked)(rs, db, (status: number) => {
      ended = status;
    });

    expect(made).toHaveLength(initiated ? 0 : 1);
    expect(ended).toBe(code);
  });
});

describe('npm run test:servers', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everfold-docker-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Runs it with a `docker` that notes what it is asked, and ends with 0 unless it is to bring nothing up. */
  async function run(tests: string, { isUp = true } = {}) {
    const docker = join(folder, 'docker');
    const log = join(folder, 'log');
    const refusal = isUp ? '' : `case "$*" in *" up "*) exit 17;; esac\n`;
    await writeFile(docker, `#!/bin/sh\necho "docker $*" >> '${log}'\n${refusal}`);
    await chmod(docker, 0o755);
    const path = `${folder}${delimiter}${process.env['PATH']}`;
    const ended = await promisify(execFile)(
      process.execPath,
      [script, 'sh', '-c', `echo "tests on $MONGODB_URL" >> '${log}'; ${tests}`],
      { env: { PATH: path } },
    ).catch((error: { code: number }) => error);
    const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
    const shown = lines.map((line) => line.replace(`compose --file ${file} `, ''));
    return { code: 'code' in ended ? ended.code : 0, lines: shown };
  }

  it('runs the tests on the server of the file when that is healthy, and removes it', async () => {
    const { mongodb } = parse(await readFile(file, 'utf8')).services;
    const [, , set, , , port] = mongodb.command;

    const { code, lines } = await run('exit 0');

    expect(code).toBe(0);
    expect(lines).toEqual([
      expect.stringMatching(/^docker up --detach --wait /),
      `tests on mongodb://localhost:${port}/?replicaSet=${set}`,
      'docker down --volumes',
    ]);
  });

  it('removes the server and fails when the tests do', async () => {
    const { code, lines } = await run('exit 3');

    expect(code).toBe(3);
    expect(lines.at(-1)).toBe('docker down --volumes');
  });

  it('runs no test when the server does not come up, and removes what there is of it', async () => {
    const { code, lines } = await run('exit 0', { isUp: false });

    expect(code).toBe(17);
    expect(lines).toEqual([expect.stringMatching(/^docker up /), 'docker down --volumes']);
  });
});
