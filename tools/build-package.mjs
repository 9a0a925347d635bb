// Builds the package in the current folder: ES modules and declarations by tsc, then the same files as CommonJS by SWC.
// The new build replaces the old one in one step, so that what is there can always be loaded.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { transformSync } from '@swc/core';

const fresh = `.dist-${process.pid}`;
const esm = join(fresh, 'esm');
const cjs = join(fresh, 'cjs');
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

process.on('exit', () => rmSync(fresh, { recursive: true, force: true }));
const { status } = spawnSync(
  process.execPath,
  [tsc, '-p', 'tsconfig.build.json', '--outDir', esm, '--tsBuildInfoFile', join(fresh, '.tsbuildinfo')],
  { stdio: 'inherit' },
);
if (status !== 0) process.exit(status ?? 1);

for (const file of readdirSync(esm, { recursive: true, encoding: 'utf8' })) {
  const target = join(cjs, file);
  mkdirSync(dirname(target), { recursive: true });
  if (file.endsWith('.d.ts')) cpSync(join(esm, file), target);
  if (!file.endsWith('.js')) continue;
  const { code } = transformSync(readFileSync(join(esm, file), 'utf8'), {
    filename: file,
    swcrc: false,
    configFile: false,
    jsc: { target: 'es2022', parser: { syntax: 'ecmascript' }, keepClassNames: true },
    module: { type: 'commonjs', importInterop: 'node' },
  });
  writeFileSync(target, code.replace(/\/\/# sourceMappingURL=.*\n?/, ''));
}
writeFileSync(join(cjs, 'package.json'), '{ "type": "commonjs" }\n');

const stale = `${fresh}-stale`;
if (existsSync('dist')) renameSync('dist', stale);
renameSync(fresh, 'dist');
rmSync(stale, { recursive: true, force: true });
