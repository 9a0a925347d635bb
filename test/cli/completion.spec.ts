import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { CommandLine } from './command-line.js';

jest.setTimeout(60_000);

const run = promisify(execFile);
const bin = join(dirname(fileURLToPath(import.meta.url)), '../../node_modules/.bin');
let line: CommandLine;

beforeAll(async () => {
  line = await CommandLine.open();
});

afterAll(() => line.remove());

async function completed(...words: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await line.run(['complete', '--', ...words]);
  return stdout
    .split('\n')
    .filter((it) => it.includes('\t'))
    .map((it) => it.slice(0, it.indexOf('\t')));
}

describe('Completion', () => {
  it('knows commands and options', async () => {
    expect(await completed('pro')).toEqual(['projections']);
    expect(await completed('projections', 're')).toEqual(['rebuild', 'resume']);
    expect(await completed('projections', 'rebuild', '--ac')).toEqual([
      '--accept-orphans',
      '--accept-parked',
    ]);
  });

  it.each(['bash', 'zsh', 'fish', 'powershell'])('has a script for %s', async (shell) => {
    const { code, stdout } = await line.run(['completion', shell]);

    expect(code).toBe(0);
    expect(stdout).toContain('everfold');
  });

  it('refuses other shells', async () => {
    const { code, stderr } = await line.run(['completion', 'csh']);

    expect(code).toBe(2);
    expect(stderr).toMatch(/Allowed choices are .*bash/);
  });

  for (const shell of ['bash', 'zsh', 'fish']) {
    const isThere = spawnSync(shell, ['--version']).error === undefined;
    (isThere ? it : it.skip)(`has a script that its shell accepts (needs ${shell})`, async () => {
      const { stdout } = await line.run(['completion', shell]);
      await writeFile(line.path(`script.${shell}`), stdout);

      const { stderr } = await run(shell, ['-n', line.path(`script.${shell}`)]);

      expect(stderr).toBe('');
    });
  }

  it('completes in bash', async () => {
    const { stdout } = await line.run(['completion', 'bash']);
    const script = `${stdout}
      COMP_WORDS=(everfold projections roll); COMP_CWORD=2; COMP_LINE='everfold projections roll'; COMP_POINT=25
      "$(complete -p everfold | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
      printf '%s\\n' "\${COMPREPLY[@]}"`;

    const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}` };
    const result = await run('bash', ['--norc', '-c', script], { cwd: line.folder, env });

    expect(result.stdout).toContain('rollback');
  });
});
