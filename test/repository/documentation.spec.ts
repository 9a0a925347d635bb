import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

const compilerOptions = {
  target: 'es2022',
  lib: ['es2023', 'esnext.disposable'],
  module: 'nodenext',
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  experimentalDecorators: true,
  skipLibCheck: true,
  outDir: 'out',
  types: ['node'],
};

function blocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, code]) => code ?? '',
  );
}

/** Compiles a block as strictly as users do, runs it, and gives back what it prints. */
async function runBlock(code: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'everfold-readme-'));
  try {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['example.ts'] }),
    );
    await writeFile(join(folder, 'example.ts'), `${code}\nexport {};\n`);
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    await run(process.execPath, [tsc, '-p', '.'], { cwd: folder });
    // A task runner asks its children for colours, which are not what a README shows.
    const { FORCE_COLOR: _, ...env } = process.env;
    const { stdout } = await run(process.execPath, ['out/example.js'], { cwd: folder, env });
    return stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('The README', () => {
  it('shows code that compiles, runs and prints what it says', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    const [code = ''] = blocks(readme, 'ts');
    const [printed] = blocks(readme, 'text');

    const output = await runBlock(code);

    expect(output).toBe(printed);
  }, 60_000);

  it('shows code of core that compiles and runs', async () => {
    const [code = ''] = blocks(await readFile(join(root, 'packages/core/README.md'), 'utf8'), 'ts');

    const output = await runBlock(`${code}\nconsole.log(state);`);

    expect(output).toContain("owner: 'Ada', balance: 500");
  }, 60_000);

  it('names scripts that there are', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    const texts = await Promise.all(
      ['README.md', 'CONTRIBUTING.md'].map((file) => readFile(join(root, file), 'utf8')),
    );

    const named = texts.flatMap((text) => [
      ...text.matchAll(/npm (?:run )?(start|test|check|bench|test:crash)\b/g),
    ]);

    expect(named.length).toBeGreaterThan(5);
    for (const [, name] of named) expect(Object.keys(scripts)).toContain(name);
  });
});

describe('The documentation', () => {
  it('links only to what is there', async () => {
    const { stdout } = await run(
      'git',
      ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'],
      { cwd: root },
    );
    const pages = stdout
      .trim()
      .split('\n')
      .filter((page) => existsSync(join(root, page)));
    const broken: string[] = [];

    for (const page of pages)
      for (const [, target = ''] of (await readFile(join(root, page), 'utf8')).matchAll(
        /\]\(([^)#\s]+)[^)]*\)/g,
      ))
        if (!/^\w+:/.test(target) && !existsSync(join(root, dirname(page), target)))
          broken.push(`${page}: ${target}`);

    expect(pages.length).toBeGreaterThan(5);
    expect(broken).toEqual([]);
  });
});
