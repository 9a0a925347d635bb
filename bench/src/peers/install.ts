import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { peersFolder } from './peer-module.js';

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Why the peers cannot be measured, or `undefined` when they can. */
export type Unavailable = string | undefined;

/**
 * Installs the peers into their own folder, unless they are there in the versions that its package.json names. The bench goes
 * on without them.
 */
export function installPeers(): Unavailable {
  if (isInstalled()) return undefined;
  process.stderr.write('Installing the peers into bench/peers …\n');
  const { status, stderr, error } = spawnSync(
    'npm',
    [
      'install',
      '--engine-strict=false',
      '--omit=peer',
      '--no-package-lock',
      '--no-fund',
      '--no-audit',
    ],
    { cwd: peersFolder, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] },
  );
  if (status === 0) return undefined;
  return `npm install failed: ${error?.message ?? reasonOf(stderr)}`;
}

function isInstalled(): boolean {
  const { dependencies } = manifestOf(peersFolder);
  return Object.entries(dependencies).every(([name, wanted]) => {
    const folder = join(peersFolder, 'node_modules', name);
    return existsSync(folder) && manifestOf(folder).version === wanted;
  });
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** npm says the reason first and where its log lies last. */
function reasonOf(stderr: string): string {
  const errors = stderr.split('\n').filter((line) => line.startsWith('npm error'));
  const said = errors.filter((line) => !line.includes('complete log')).slice(0, 4);
  return said.map((line) => line.replace(/^npm error /, '')).join(', ') || 'no reason given';
}
