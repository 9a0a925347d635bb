import { symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './packages.js';
import { install, npm, removed, run, temporaryFolder } from './strangers.js';

/** What `npm pack` made of one package. */
export interface Tarball {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly string[];
}

/** Packages of this repository, packed and installed into an empty folder, as a stranger has them. */
export class Installation {
  private constructor(
    readonly folder: string,
    readonly tarballs: readonly Tarball[],
  ) {}

  /** Installs the packages, and others beside them that the registry holds. */
  static async of(
    packages: Readonly<Record<string, string>>,
    ...others: readonly string[]
  ): Promise<Installation> {
    const folder = await temporaryFolder('packages');
    const tarballs = await packAll(packages, folder);
    await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
    await install(folder, ...tarballs.map(({ filename }) => `./${filename}`), ...others);
    return new Installation(folder, tarballs);
  }

  /** Runs a file with this content, by its extension an ES module or CommonJS, and gives back the JSON that it prints. */
  async run(file: string, source: string): Promise<unknown> {
    await writeFile(join(this.folder, file), source);
    const { stdout } = await run(this.folder, process.execPath, [file], 60_000);
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
    return run(folder, process.execPath, [tsc, '-p', '.']).then(
      ({ stdout }) => stdout,
      (error: Error) => error.message,
    );
  }

  /** Lets files in a folder use a package of this repository's development, beside what is installed. */
  async lend(folder: string, ...names: readonly string[]): Promise<void> {
    for (const name of names)
      await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'dir');
  }

  async remove(): Promise<void> {
    await removed(this.folder);
  }
}

/** Packs packages as they were built, into a folder. */
export async function packAll(
  packages: Readonly<Record<string, string>>,
  target: string,
): Promise<readonly Tarball[]> {
  const tarballs: Tarball[] = [];
  for (const place of Object.values(packages)) tarballs.push(await pack(join(root, place), target));
  return tarballs;
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
