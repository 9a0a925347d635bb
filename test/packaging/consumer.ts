import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { cp, mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { packAll, type Tarball } from './installation.js';
import { PACKAGES, root } from './packages.js';
import { install, npm, removed, strangersEnvironment, temporaryFolder } from './strangers.js';

/** A package as `npm ls` finds it in a project. */
export interface Installed {
  readonly name: string;
  readonly version: string;
  /** Its folder, within the project. */
  readonly place: string;
  /** The file it was installed from; not there when it came from a registry. */
  readonly file: string | undefined;
}

/** A program of a project that runs until it is stopped. */
export interface Server {
  /** What the pattern's group caught in its output. Rejects when it ends before that. */
  readonly ready: Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** Asks it to end, by SIGTERM. */
  stop(): void;
}

interface Tree {
  readonly version?: string;
  readonly path?: string;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, Tree>>;
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
}

/** A folder outside this repository, with the tarballs of all packages, for consumers to be made in. */
export class Workshop {
  private constructor(
    readonly folder: string,
    private readonly tarballs: readonly Tarball[],
  ) {}

  static async open(): Promise<Workshop> {
    const folder = await realpath(await temporaryFolder('consumers'));
    await mkdir(join(folder, 'tarballs'));
    return new Workshop(folder, await packAll(PACKAGES, join(folder, 'tarballs')));
  }

  /** Copies a project from `consumers/`, and installs what it names: our packages from their tarballs. */
  async make(template: string): Promise<Consumer> {
    const folder = join(this.folder, template);
    await cp(join(root, 'test', 'packaging', 'consumers', template), folder, { recursive: true });
    const file = join(folder, 'package.json');
    const manifest = JSON.parse(await readFile(file, 'utf8')) as Manifest;
    const dependencies = { ...manifest.dependencies, ...this.tarballsFor(manifest) };
    await writeFile(file, JSON.stringify({ ...manifest, dependencies }, undefined, 2));
    await install(folder);
    return new Consumer(folder);
  }

  async remove(): Promise<void> {
    await removed(this.folder);
  }

  private tarballsFor({ dependencies }: Manifest): Readonly<Record<string, string>> {
    const named = this.tarballs.filter(({ name }) => name in dependencies);
    return Object.fromEntries(
      named.map(({ name, filename }) => [name, `file:../tarballs/${filename}`]),
    );
  }
}

/** A project that uses our packages and knows nothing else of this repository. */
export class Consumer {
  constructor(readonly folder: string) {}

  /** Installs other versions than the project asks for; it then asks for these. */
  async install(...specs: readonly string[]): Promise<void> {
    await install(this.folder, ...specs);
  }

  /** Runs one of the project's scripts, and gives back what it prints. */
  async script(name: string): Promise<string> {
    const { stdout, stderr } = await npm(this.folder, 'run', name);
    return stdout + stderr;
  }

  /** Runs a file of the project, on a port that is free. */
  start(pattern: RegExp, file: string): Server {
    const env = { ...strangersEnvironment(), PORT: '0' };
    const child = spawn(process.execPath, [file], { cwd: this.folder, env });
    let output = '';
    const ended = new Promise<Awaited<Server['ended']>>((resolve) => {
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    const ready = new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (text: Buffer) => {
          output += String(text);
          const [, caught] = pattern.exec(output) ?? [];
          if (caught !== undefined) resolve(caught);
        });
      void ended.then(() => reject(new Error(`${file} ended too early:\n${output}`)));
    });
    return { ready, ended, stop: () => void child.kill('SIGTERM') };
  }

  /** Every package that is installed, wherever in the tree. Rejects when the tree is not what manifests and peers ask for. */
  async packages(): Promise<readonly Installed[]> {
    const { stdout } = await npm(this.folder, 'ls', '--all', '--json', '--long').catch(problemsOf);
    const byPlace = new Map<string, Installed>();
    this.collect(JSON.parse(stdout) as Tree, byPlace);
    return [...byPlace.values()];
  }

  private collect({ dependencies = {} }: Tree, byPlace: Map<string, Installed>): void {
    for (const [name, tree] of Object.entries(dependencies)) {
      // An optional package that is not there is listed too: without a path.
      if (tree.path === undefined) continue;
      const place = relative(this.folder, realpathSync(tree.path));
      const file = tree.resolved?.startsWith('file:') === true ? tree.resolved : undefined;
      byPlace.set(place, {
        name,
        version: tree.version ?? '',
        place,
        file: file && basename(file),
      });
      this.collect(tree, byPlace);
    }
  }
}

/** What npm finds wrong with a tree, without the tree. */
function problemsOf({ message }: Error): never {
  const problems = [...message.matchAll(/^npm (?:error|ERR!) .*$/gm)];
  throw new Error(problems.length > 0 ? problems.join('\n') : message);
}
