import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const fixture = join(here, 'fixtures', 'left-open.mjs');
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');

/** Everything that a run prints, and how it ends. */
function run(...args: readonly string[]): Promise<{ readonly ok: boolean; readonly text: string }> {
  const { NODE_OPTIONS: _options, FORCE_COLOR: _colour, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, [...args], { cwd: here, env }, (error, stdout, stderr) =>
      resolve({ ok: error === null, text: stdout + stderr }),
    );
  });
}

describe('A scenario that is left open fails its test, and no other,', () => {
  it('under Jest', async () => {
    const config = { rootDir: here, testMatch: ['**/left-open.mjs'], transform: {} };

    const { ok, text } = await run(
      '--experimental-vm-modules',
      jest,
      '--config',
      JSON.stringify({ ...config, moduleFileExtensions: ['mjs', 'js'] }),
      '--verbose',
    );

    expect(ok).toBe(false);
    expect(text).toMatch(/✓ returned/);
    expect(text).toMatch(/✓ awaited/);
    expect(text).toMatch(/✕ without an expectation/);
    expect(text).toMatch(/✕ neither awaited nor returned/);
    expect(text).toMatch(/✕ one of two not awaited/);
  });

  it('under a runner without global hooks', async () => {
    const { ok, text } = await run('--test', '--test-reporter=tap', fixture);

    expect(ok).toBe(false);
    expect(text).toMatch(/^\s*ok \d+ - returned/m);
    expect(text).toMatch(/^\s*ok \d+ - awaited/m);
    expect(text).toMatch(/^\s*not ok \d+ - without an expectation/m);
    expect(text).toMatch(/^\s*not ok \d+ - neither awaited nor returned/m);
    expect(text).toMatch(/^\s*not ok \d+ - one of two not awaited/m);
  });
});
