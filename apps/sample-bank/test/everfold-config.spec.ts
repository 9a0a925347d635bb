import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const everfold = join(root, 'packages', 'cli', 'bin', 'everfold.js');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everfold-bank-cli-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('The everfold command of the bank', () => {
  it.each([
    ['in its folder', 'apps/sample-bank'],
    ['in the root', '.'],
  ])('knows its read models, %s', async (_, cwd) => {
    const args = [everfold, 'projections', 'list', '--json'];

    const { stdout } = await run(process.execPath, args, {
      cwd: join(root, cwd),
      env: { ...process.env, DATA_DIR: folder },
    });

    const names = (JSON.parse(stdout) as readonly { readonly name: string }[]).map((it) => it.name);
    expect(new Set(names)).toEqual(
      new Set(['account-summaries', 'statement-entries', 'daily-totals']),
    );
  });

  it('names the variable that is wrong', async () => {
    const args = [everfold, 'streams', 'list'];

    const failed = await run(process.execPath, args, {
      cwd: root,
      env: { ...process.env, DATA_DIR: folder, PORT: 'x' },
    }).catch((error: unknown) => error);

    expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining('PORT is "x"') });
  });
});
