import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
): { readonly status: number | null; readonly output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'everfold-boundaries-'));
  try {
    cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), source);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [biome, 'lint', '--only=style/noRestrictedImports', file],
      { cwd: folder, encoding: 'utf8' },
    );
    return { status, output: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('The import boundary', () => {
  it.each([
    ['core', '@everfold/memory', 'packages/core/src/event/bad.ts'],
    ['core', '@everfold/core', 'packages/core/src/event/bad.ts'],
    ['core', '../../../adapters/memory/src/index.js', 'packages/core/src/event/bad.ts'],
    ['core', '@nestjs/common', 'packages/core/src/event/bad.ts'],
    ['core', 'mongodb', 'packages/core/src/event/bad.ts'],
    ['core', 'lmdb', 'packages/core/src/event/bad.ts'],
    ["core's specs", '@everfold/memory', 'packages/core/src/event/bad.spec.ts'],
    ['an adapter', '@everfold/embedded', 'packages/adapters/memory/src/bad.ts'],
    ['an adapter', '@everfold/memory', 'packages/adapters/embedded/src/bad.ts'],
    ['an adapter', '../../embedded/src/index.js', 'packages/adapters/memory/src/bad.ts'],
    ["an adapter's specs", '@everfold/memory', 'packages/adapters/embedded/src/bad.spec.ts'],
    ['an adapter', '@everfold/nestjs', 'packages/adapters/memory/src/bad.ts'],
    ['an adapter', '../../../core/src/event/json.js', 'packages/adapters/memory/src/bad.ts'],
    ['an adapter', '@everfold/core/src/event/json.js', 'packages/adapters/memory/src/bad.ts'],
    ['an adapter', '@everfold/core/dist/esm/event/json.js', 'packages/adapters/memory/src/bad.ts'],
    ['nestjs', '@everfold/memory', 'packages/nestjs/src/bad.ts'],
    ['nestjs', '@everfold/embedded', 'packages/nestjs/src/bad.ts'],
    ['nestjs', '@everfold/core/src/event/json.js', 'packages/nestjs/src/bad.ts'],
    ['cli', '@everfold/embedded', 'packages/cli/src/bad.ts'],
    ['an application', '@everfold/core/src/event/json.js', 'apps/sample-bank/src/bad.ts'],
    ['an application', '../../../packages/core/src/index.js', 'apps/sample-bank/src/bad.ts'],
  ])('refuses that %s imports %s', (_who, from, file) => {
    const { status, output } = lint(file, `import { x } from '${from}';\n\nexport const y = x;\n`);

    expect(output).toContain('lint/style/noRestrictedImports');
    expect(output).toContain(from);
    expect(status).not.toBe(0);
  });

  it.each([
    ['core', './good.js', 'packages/core/src/event/good.ts'],
    ['core', '../event-store/position.js', 'packages/core/src/event/good.ts'],
    ['core', 'uuid', 'packages/core/src/event/good.ts'],
    ['an adapter', '@everfold/core', 'packages/adapters/memory/src/good.ts'],
    ['an adapter', '@everfold/core/testing', 'packages/adapters/memory/src/good.spec.ts'],
    ['an adapter', '../files/block.js', 'packages/adapters/embedded/src/log/good.ts'],
    ['an adapter', 'lmdb', 'packages/adapters/embedded/src/good.ts'],
    ['nestjs', '@everfold/core', 'packages/nestjs/src/good.ts'],
    ['nestjs', '@nestjs/common', 'packages/nestjs/src/good.ts'],
    ['an application', '@everfold/embedded', 'apps/sample-bank/src/good.ts'],
  ])('lets %s import %s', (_who, from, file) => {
    const { status, output } = lint(file, `import { x } from '${from}';\n\nexport const y = x;\n`);

    expect(output).not.toContain('noRestrictedImports');
    expect(status).toBe(0);
  });
});
