import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');

/** Lints one file at a place in a copy of the repository's layout, by the repository's own configuration. */
function lint(
  file: string,
  source: string,
  ...options: readonly string[]
): { readonly status: number | null; readonly output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'everfold-boundaries-'));
  try {
    cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    const manifest = join(file.slice(0, file.indexOf('/src/')), 'package.json');
    if (existsSync(join(root, manifest))) cpSync(join(root, manifest), join(folder, manifest));
    writeFileSync(join(folder, file), source);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [biome, 'lint', ...options, file],
      { cwd: folder, encoding: 'utf8' },
    );
    return { status, output: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const BOUNDARIES = '--only=style/noRestrictedImports';

function importing(from: string): string {
  return `import { x } from '${from}';\n\nexport const y = x;\n`;
}

describe('The import boundary', () => {
  it.each([
    ['core', '@everfold/memory', 'packages/core/src/event/bad.ts'],
    ['core', '@everfold/core', 'packages/core/src/event/bad.ts'],
    ['core', '../../../adapters/memory/src/index.js', 'packages/core/src/event/bad.ts'],
    ['core', '@nestjs/common', 'packages/core/src/event/bad.ts'],
    ['core', 'mongodb', 'packages/core/src/event/bad.ts'],
    ['core', 'lmdb', 'packages/core/src/event/bad.ts'],
    ['core', 'express', 'packages/core/src/event/bad.ts'],
    ['core', '@types/node', 'packages/core/src/event/bad.ts'],
    ["core's specs", '@everfold/memory', 'packages/core/src/event/bad.spec.ts'],
    ['an adapter', '@everfold/embedded', 'packages/adapters/memory/src/bad.ts'],
    ['an adapter', '@everfold/memory', 'packages/adapters/embedded/src/bad.ts'],
    ['an adapter', '../../embedded/src/index.js', 'packages/adapters/memory/src/bad.ts'],
    ["an adapter's specs", '@everfold/memory', 'packages/adapters/embedded/src/bad.spec.ts'],
    ['an adapter', '@everfold/nestjs', 'packages/adapters/memory/src/bad.ts'],
    ['an adapter', '@nestjs/common', 'packages/adapters/memory/src/bad.ts'],
    ['an adapter', '@nestjs/common', 'packages/adapters/embedded/src/bad.ts'],
    ["an adapter's specs", '@nestjs/testing', 'packages/adapters/embedded/src/bad.spec.ts'],
    ['an adapter', 'express', 'packages/adapters/embedded/src/bad.ts'],
    ['an adapter', 'rxjs/operators', 'packages/adapters/embedded/src/bad.ts'],
    ["another's driver", 'lmdb', 'packages/adapters/memory/src/bad.ts'],
    ["another's driver", 'lmdb', 'packages/adapters/mongodb/src/bad.ts'],
    ["another's driver", 'mongodb', 'packages/adapters/eventstoredb/src/bad.ts'],
    ['an adapter', '../../../core/src/event/json.js', 'packages/adapters/memory/src/bad.ts'],
    ['an adapter', '@everfold/core/src/event/json.js', 'packages/adapters/memory/src/bad.ts'],
    ['an adapter', '@everfold/core/dist/esm/event/json.js', 'packages/adapters/memory/src/bad.ts'],
    ['nestjs', '@everfold/memory', 'packages/nestjs/src/bad.ts'],
    ['nestjs', '@everfold/embedded', 'packages/nestjs/src/bad.ts'],
    ['nestjs', '@everfold/core/src/event/json.js', 'packages/nestjs/src/bad.ts'],
    ['cli', '@everfold/embedded', 'packages/cli/src/bad.ts'],
    ['an application', '@everfold/core/src/event/json.js', 'apps/sample-bank/src/bad.ts'],
    ['an application', '../../../packages/core/src/index.js', 'apps/sample-bank/src/bad.ts'],
  ])('refuses that %s imports %s (%s)', (_, from, file) => {
    const { status, output } = lint(file, importing(from), BOUNDARIES);

    expect(output).toContain('lint/style/noRestrictedImports');
    expect(output).toContain(from);
    expect(status).not.toBe(0);
  });

  it.each([
    ['core', './good.js', 'packages/core/src/event/good.ts'],
    ['core', '../event-store/position.js', 'packages/core/src/event/good.ts'],
    ['core', 'uuid', 'packages/core/src/event/good.ts'],
    ['core', 'node:fs', 'packages/core/src/event/good.ts'],
    ['core', 'node:timers/promises', 'packages/core/src/event/good.ts'],
    ["core's specs", 'fast-check', 'packages/core/src/event/good.spec.ts'],
    ['an adapter', '@everfold/core', 'packages/adapters/memory/src/good.ts'],
    ['an adapter', '@everfold/core/testing', 'packages/adapters/memory/src/good.spec.ts'],
    ['an adapter', '../files/block.js', 'packages/adapters/embedded/src/log/good.ts'],
    ['an adapter', 'lmdb', 'packages/adapters/embedded/src/good.ts'],
    ['an adapter', 'node:fs/promises', 'packages/adapters/embedded/src/good.ts'],
    ['an adapter', 'mongodb', 'packages/adapters/mongodb/src/good.ts'],
    ['an adapter', '@eventstore/db-client', 'packages/adapters/eventstoredb/src/good.ts'],
    ['nestjs', '@everfold/core', 'packages/nestjs/src/good.ts'],
    ['nestjs', '@nestjs/common', 'packages/nestjs/src/good.ts'],
    ['an application', '@everfold/embedded', 'apps/sample-bank/src/good.ts'],
  ])('lets %s import %s (%s)', (_, from, file) => {
    const { status, output } = lint(file, importing(from), BOUNDARIES);

    expect(output).not.toContain('noRestrictedImports');
    expect(status).toBe(0);
  });

  it.each([
    ['core', 'packages/core/src/event/module.ts', 1],
    ['an adapter', 'packages/adapters/memory/src/module.ts', 1],
    ["core's specs", 'packages/core/src/event/module.spec.ts', 0],
  ])('holds %s to what its package.json names (%s)', (_, file, expected) => {
    const { status, output } = lint(file, importing('fast-check'));

    expect(output.includes("fast-check isn't specified in")).toBe(expected === 1);
    expect(status).toBe(expected);
  });
});
