import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PLUGIN = 'tools/imports-in-sight.grit';
const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');

/** Lints one file at a place in a copy of the repository's layout, by the repository's own configuration. */
function lint(
  file: string,
  source: string,
  ...options: readonly string[]
): { readonly status: number | null; readonly output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'everfold-boundaries-'));
  try {
    for (const part of ['biome.json', PLUGIN])
      cpSync(join(root, part), join(folder, part), { recursive: true });
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

const CREATE_REQUIRE = `import { createRequire } from 'node:module';`;
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
    ['nestjs', '../../adapters/embedded/src/index.js', 'packages/nestjs/src/bad.ts'],
    ['nestjs', '../../../core/src/index.js', 'packages/nestjs/src/module/bad.ts'],
    ['nestjs', '../../../apps/sample-bank/src/bank.js', 'packages/nestjs/src/bad.ts'],
    ['nestjs', '../../../test/aggregate/stores.js', 'packages/nestjs/src/bad.ts'],
    ["nestjs's specs", '../../core/src/index.js', 'packages/nestjs/src/bad.spec.ts'],
    ["nestjs's specs", '@everfold/core/dist/esm/index.js', 'packages/nestjs/src/bad.spec.ts'],
    ['cli', '@everfold/embedded', 'packages/cli/src/bad.ts'],
    ['cli', '@everfold/nestjs', 'packages/cli/src/bad.ts'],
    ['cli', '../../adapters/memory/src/index.js', 'packages/cli/src/bad.ts'],
    ['cli', '../../core/src/index.js', 'packages/cli/src/bad.ts'],
    ['cli', '../../nestjs/src/index.js', 'packages/cli/src/bad.ts'],
    ["cli's specs", '../../core/src/index.js', 'packages/cli/src/bad.spec.ts'],
    ['the server', '@everfold/mongodb', 'packages/eventstoredb-server/src/bad.ts'],
    [
      'the server',
      '../../adapters/embedded/src/index.js',
      'packages/eventstoredb-server/src/bad.ts',
    ],
    ['the server', '../../core/src/index.js', 'packages/eventstoredb-server/src/bad.ts'],
    ['the server', '../../cli/src/index.js', 'packages/eventstoredb-server/src/bad.ts'],
    ['core', '../../eventstoredb-server/src/index.js', 'packages/core/src/bad.ts'],
    ['core', '../../../test/aggregate/stores.js', 'packages/core/src/bad.ts'],
    [
      'an adapter',
      '../../../eventstoredb-server/src/index.js',
      'packages/adapters/memory/src/bad.ts',
    ],
    ["the bank's domain", '../bank-module.js', 'apps/sample-bank/src/accounts/bad.ts'],
    ["the bank's domain", './../bank-module.js', 'apps/sample-bank/src/accounts/bad.ts'],
    ["the bank's domain", '../http/problem.js', 'apps/sample-bank/src/accounts/bad.ts'],
    ["the bank's domain", '../../bank-module.js', 'apps/sample-bank/src/accounts/close/bad.ts'],
    ["the bank's domain", '../../event-store.js', 'apps/sample-bank/src/accounts/close/bad.ts'],
    ["the bank's domain", '@nestjs/common', 'apps/sample-bank/src/accounts/bad.ts'],
    ["the bank's domain", '@nestjs/common', 'apps/sample-bank/src/accounts/close/bad.ts'],
    ["the bank's domain", '@everfold/nestjs', 'apps/sample-bank/src/accounts/bad.ts'],
    ["the bank's domain", 'class-validator', 'apps/sample-bank/src/accounts/close/bad.ts'],
    ["the bank's domain", '@everfold/memory', 'apps/sample-bank/src/accounts/bad.spec.ts'],
    ["the bank's domain", '@nestjs/cqrs', 'apps/sample-bank/src/accounts/bad.ts'],
    ["the bank's commands", '@everfold/nestjs', 'apps/sample-bank/src/accounts/close/bad.ts'],
    ["the bank's handlers", 'express', 'apps/sample-bank/src/accounts/close/bad-handler.ts'],
    [
      "the bank's handlers",
      '@everfold/memory',
      'apps/sample-bank/src/accounts/close/bad-handler.ts',
    ],
    ["the bank's handlers", '../../bank.js', 'apps/sample-bank/src/accounts/close/bad-handler.ts'],
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
    ["nestjs's specs", '@everfold/memory', 'packages/nestjs/src/good.spec.ts'],
    ['cli', '@everfold/core', 'packages/cli/src/good.ts'],
    ['cli', '../output/table.js', 'packages/cli/src/commands/good.ts'],
    ['the server', '@everfold/embedded', 'packages/eventstoredb-server/src/good.ts'],
    ['an application', '@everfold/embedded', 'apps/sample-bank/src/good.ts'],
    ["the bank's domain", '@everfold/core', 'apps/sample-bank/src/accounts/good.ts'],
    ["the bank's domain", './account.js', 'apps/sample-bank/src/accounts/good.ts'],
    ["the bank's domain", '../account.js', 'apps/sample-bank/src/accounts/close/good.ts'],
    ["the bank's domain", '@everfold/core/testing', 'apps/sample-bank/src/accounts/good.spec.ts'],
    ["the bank's commands", '@nestjs/cqrs', 'apps/sample-bank/src/accounts/close/good.ts'],
    [
      "the bank's handlers",
      '@everfold/nestjs',
      'apps/sample-bank/src/accounts/close/good-handler.ts',
    ],
    ["the bank's handlers", '../account.js', 'apps/sample-bank/src/accounts/close/good-handler.ts'],
  ])('lets %s import %s (%s)', (_, from, file) => {
    const { status, output } = lint(file, importing(from), BOUNDARIES);

    expect(output).not.toContain('noRestrictedImports');
    expect(status).toBe(0);
  });

  const type = `export type A = import('@everfold/memory').MemoryEventStore;`;
  it.each([
    ['packages/core/src/event/bad.ts', type],
    ['packages/core/src/event/bad.spec.ts', type],
    ['packages/adapters/memory/src/bad.ts', type],
    ['packages/nestjs/src/bad.ts', type],
    ['packages/cli/src/bad.ts', type],
    ['packages/eventstoredb-server/src/bad.ts', type],
    ['apps/sample-bank/src/accounts/bad.ts', type],
    ['packages/core/src/bad.ts', `export type A = typeof import('@everfold/memory');`],
    [
      'packages/core/src/bad.ts',
      `export type A = import('./a.js').Of<import('class-validator').B>;`,
    ],
    ['packages/core/src/bad.ts', `${CREATE_REQUIRE} export const a = createRequire('/')('x');`],
    ['packages/adapters/memory/src/bad.ts', `${CREATE_REQUIRE} createRequire('/')('x');`],
    ['packages/core/src/bad.ts', `${CREATE_REQUIRE} const load = createRequire('/'); load('x');`],
    ['packages/core/src/bad.ts', `import { createRequire as a } from 'node:module'; a('/')('x');`],
    ['packages/core/src/bad.ts', `import * as m from 'node:module'; m.createRequire('/')('x');`],
    ['packages/core/src/bad.ts', `export const a = require('@everfold/memory');`],
  ])('refuses in %s what it does not see: %s', (file, source) => {
    const { status, output } = lint(file, `${source}\n`);

    expect(output).toMatch(/the import rule (does not see|finds)/);
    expect(status).not.toBe(0);
  });

  it.each([
    `export type A = typeof import('class-validator');`,
    `${CREATE_REQUIRE} export const a: unknown = createRequire('/')('class-validator');`,
  ])('lets core load its optional peer when it is wanted: %s', (source) => {
    const { status, output } = lint('packages/core/src/event/good.ts', `${source}\n`);

    expect(output).not.toContain('the import rule');
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
