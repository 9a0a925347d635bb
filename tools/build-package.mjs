// Builds the package in the current folder: ES modules and declarations by tsc, then the same files as CommonJS by SWC.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { transformSync } from '@swc/core';

const esm = 'dist/esm';
const cjs = 'dist/cjs';
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

rmSync('dist', { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [tsc, '-b', 'tsconfig.build.json'], { stdio: 'inherit' });
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
