import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packAll, type Tarball } from './installation.js';
import { PACKAGES, root } from './packages.js';
import { removed, run, temporaryFolder } from './strangers.js';

let folder: string;
let tarballs: readonly Tarball[];

beforeAll(async () => {
  folder = await temporaryFolder('tarballs');
  tarballs = await packAll(PACKAGES, folder);
}, 240_000);

afterAll(() => removed(folder));

describe.each(Object.entries(PACKAGES))('The tarball of %s', (name, place) => {
  const tarball = () => {
    const found = tarballs.find((it) => it.name === name);
    if (found === undefined) throw new Error(`${name} was not packed.`);
    return found;
  };

  it('holds what was built, the programs that start it, a README, the licence, and nothing else', () => {
    const { files } = tarball();

    expect(files).toEqual(
      expect.arrayContaining([
        'package.json',
        'README.md',
        'LICENSE',
        'dist/esm/index.js',
        'dist/cjs/index.js',
      ]),
    );
    expect(
      files.filter(
        (file) =>
          !/^(package\.json|README\.md|LICENSE|bin\/\w+\.js|dist\/(esm|cjs)\/.*)$/.test(file),
      ),
    ).toEqual([]);
    expect(
      files.filter((file) => /\.spec\.|(?<!\.d)\.ts$|tsbuildinfo|\.test-results/.test(file)),
    ).toEqual([]);
  });

  it('holds every file that its package.json names', async () => {
    const { files } = tarball();
    const manifest = await readFile(join(root, place, 'package.json'), 'utf8');

    const named = [...manifest.matchAll(/"\.\/([\w./-]+\.(?:js|d\.ts|json))"/g)].map(
      ([, file]) => file,
    );

    expect(named.length).toBeGreaterThan(4);
    expect(files).toEqual(expect.arrayContaining(named));
  });

  it('gives each module to ES modules and to CommonJS, with its declarations', () => {
    const { files } = tarball();
    const modulesOf = (kind: string, ending: string) =>
      files
        .filter((file) => file.startsWith(`dist/${kind}/`) && file.endsWith(ending))
        .map((file) => file.slice(`dist/${kind}/`.length, -ending.length))
        .toSorted((a, b) => (a < b ? -1 : 1));

    expect(modulesOf('cjs', '.js')).toEqual(modulesOf('esm', '.js'));
    expect(modulesOf('cjs', '.d.ts')).toEqual(modulesOf('esm', '.d.ts'));
    expect(modulesOf('esm', '.d.ts')).toEqual(modulesOf('esm', '.js'));
  });

  it('has nothing that publint finds', async () => {
    const { stdout } = await lint('publint', 'run', tarball().filename, '--strict');

    // Suggestions do not make it fail, but they are told.
    expect(stdout).toContain('All good!');
  }, 60_000);

  it('has types that are right for every resolution, as attw sees them', async () => {
    const { stdout } = await lint(
      '@arethetypeswrong/cli',
      tarball().filename,
      '--profile=strict',
      '--no-definitely-typed',
      '--format=ascii',
      '--no-emoji',
    );

    expect(stdout).toContain('No problems found');
  }, 60_000);

  /** Runs the program that a package of this repository's development brings, where the tarballs are. */
  async function lint(name: string, ...args: readonly string[]): ReturnType<typeof run> {
    const linter = join(root, 'node_modules', name);
    const { bin } = JSON.parse(await readFile(join(linter, 'package.json'), 'utf8')) as {
      readonly bin: Readonly<Record<string, string>>;
    };
    const [program = ''] = Object.values(bin);
    return run(folder, process.execPath, [join(linter, program), ...args]);
  }
});
