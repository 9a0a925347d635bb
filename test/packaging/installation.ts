import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The root of this repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The packages that are published, by name, and where they lie. */
export const PACKAGES: Readonly<Record<string, string>> = {
  '@everfold/core': 'packages/core',
  '@everfold/memory': 'packages/adapters/memory',
  '@everfold/embedded': 'packages/adapters/embedded',
};

/** What `npm pack` made of one package. */
export interface Tarball {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly string[];
}

/** The npm that runs the tests, or the one on the path: its configuration names the registry. */
function npm(folder: string, ...args: readonly string[]): Promise<{ readonly stdout: string }> {
  const [cli] = [process.env['npm_execpath']].filter((path) => path?.endsWith('.js') === true);
  const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024, env: withoutNpm(process.env) };
  return cli === undefined
    ? run('npm', args, options)
    : run(process.execPath, [cli, ...args], options);
}

/** What the npm that runs this script says about its own workspace must not reach the one that installs elsewhere. */
function withoutNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) =>
        !/^(npm_package_|npm_lifecycle_|npm_config_(local_)?prefix$|npm_config_workspace|INIT_CWD)/.test(
          name,
        ),
    ),
  );
}

/** Packages of this repository, packed and installed into an empty folder, as a stranger has them. */
export class Installation {
  private constructor(
    readonly folder: string,
    readonly tarballs: readonly Tarball[],
  ) {}

  static async of(packages: Readonly<Record<string, string>>): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), 'everfold-packages-'));
    const tarballs: Tarball[] = [];
    for (const place of Object.values(packages))
      tarballs.push(await pack(join(root, place), folder));
    await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
    await npm(
      folder,
      'install',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      ...tarballs.map(({ filename }) => `./${filename}`),
    );
    return new Installation(folder, tarballs);
  }

  /** Runs a file with this content, by its extension an ES module or CommonJS, and gives back the JSON that it prints. */
  async run(file: string, source: string): Promise<unknown> {
    await writeFile(join(this.folder, file), source);
    const { stdout } = await run(process.execPath, [file], { cwd: this.folder, timeout: 60_000 });
    return JSON.parse(stdout);
  }

  /** Compiles what the options say in a folder of the installation; the output is empty when all is well. */
  async compile(
    folder: string,
    options: object,
    files: Readonly<Record<string, string>>,
  ): Promise<string> {
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(options));
    for (const [file, source] of Object.entries(files)) await writeFile(join(folder, file), source);
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    return run(process.execPath, [tsc, '-p', '.'], { cwd: folder }).then(
      ({ stdout }) => stdout,
      (error: { readonly stdout: string }) => error.stdout,
    );
  }

  /** Lets files in a folder use a package of this repository's development, beside what is installed. */
  async lend(folder: string, ...names: readonly string[]): Promise<void> {
    for (const name of names)
      await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'dir');
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function pack(source: string, target: string): Promise<Tarball> {
  const { stdout } = await npm(
    source,
    'pack',
    '--json',
    '--ignore-scripts',
    '--pack-destination',
    target,
  );
  const parsed = JSON.parse(stdout) as unknown;
  const [packed] = (Array.isArray(parsed) ? parsed : Object.values(parsed as object)) as {
    readonly name: string;
    readonly filename: string;
    readonly files: readonly { readonly path: string }[];
  }[];
  if (packed === undefined) throw new Error(`npm packed nothing in ${source}.`);
  return { ...packed, files: packed.files.map(({ path }) => path) };
}
