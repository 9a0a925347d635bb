// Builds the application in the current folder: type-checked ES modules by tsc, into dist.
// The new build replaces the old one in one step, so that what is there can always be started.
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';

const fresh = `.dist-${process.pid}`;
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

process.on('exit', () => rmSync(fresh, { recursive: true, force: true }));
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh], {
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);

const stale = `${fresh}-stale`;
if (existsSync('dist')) renameSync('dist', stale);
renameSync(fresh, 'dist');
rmSync(stale, { recursive: true, force: true });
