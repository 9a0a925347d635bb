import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { root } from './packages.js';

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What is set here and would tell a program in a folder elsewhere about this repository, its task runner or its tests. */
const OURS =
  /^(npm_(package|lifecycle|command|execpath)|npm_config_(prefix|(local|global)_prefix|workspace|include_workspace|loglevel|json|dry_run|omit|include$|global$)|init_cwd|nx_|jest_|node_(env|path)$|force_color$)/i;

/** The environment of a user who never heard of this repository: the registry and the cache stay as they are configured. */
export function strangersEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !OURS.test(name));
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((it) => !it.startsWith(root));
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter), NO_COLOR: '1' };
}

/** Runs a program in a folder, and gives back what it prints; what fails is told with all of its output. */
export function run(
  folder: string,
  command: string,
  args: readonly string[],
  timeoutMs = 180_000,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const options = {
    cwd: folder,
    env: strangersEnvironment(),
    maxBuffer: MAX_OUTPUT_BYTES,
    timeout: timeoutMs,
  };
  return new Promise((resolve, reject) => {
    execFile(command, [...args], options, (cause, stdout, stderr) => {
      if (cause === null) return resolve({ stdout, stderr });
      const line = [command, ...args].join(' ');
      const why = cause.killed === true ? `after ${timeoutMs} ms` : (cause.code ?? cause.signal);
      reject(new Error(`${line} ended with ${why}:\n${stdout}${stderr}`, { cause }));
    });
  });
}

/** The npm that runs the tests, or the one on the path: its configuration names the registry. */
export function npm(folder: string, ...args: readonly string[]): ReturnType<typeof run> {
  const [cli] = [process.env['npm_execpath']].filter(
    (path) => path?.endsWith('npm-cli.js') === true,
  );
  return cli === undefined
    ? run(folder, 'npm', args)
    : run(folder, process.execPath, [cli, ...args]);
}

/** Installs what the package.json of a folder names, and these beside it. */
export async function install(folder: string, ...specs: readonly string[]): Promise<void> {
  await npm(folder, 'install', '--no-audit', '--no-fund', '--prefer-offline', ...specs);
}

/** Where `npm run pack:check` wants everything to happen: it removes that folder itself, or leaves it to be looked at. */
const given = process.env['PACK_CHECK_FOLDER'];

export function temporaryFolder(name: string): Promise<string> {
  return mkdtemp(join(given ?? tmpdir(), `everfold-${name}-`));
}

export async function removed(folder: string): Promise<void> {
  if (given === undefined) await rm(folder, { recursive: true, force: true });
}
