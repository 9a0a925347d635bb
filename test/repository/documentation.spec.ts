import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { blocks, root, runBlock } from './code-blocks.js';

const run = promisify(execFile);

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
