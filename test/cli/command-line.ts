import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const BIN = join(root, 'packages', 'cli', 'bin', 'everfold.js');

/**
 * A configuration in plain JavaScript on an embedded store, which `HOLD` can stop at a chosen place: `append:3:before` never
 * begins the third append, `append:3:after` never answers it, `read:2` never gives the second batch of a read. That it is held
 * is told by a file.
 */
const CONFIG = `
  import { writeFileSync } from 'node:fs';
  import { defineConfig } from '@everfold/cli';
  import { embedded } from '@everfold/embedded';

  const [what, at, when] = (process.env.HOLD ?? '').split(':');
  let seen = 0;
  const forever = () => {
    writeFileSync(process.env.HELD, '');
    return new Promise(() => setInterval(() => {}, 1_000));
  };
  const held = async (kind, run) => {
    if (kind !== what || ++seen !== Number(at)) return run();
    if (when === 'after') await run();
    return forever();
  };
  const holding = (store) => new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name === 'append' || name === 'appendToStreams')
        return (...args) => held('append', () => value.apply(target, args));
      if (name !== 'readAll') return value.bind(target);
      return (...args) => {
        const stream = value.apply(target, args);
        const batches = async function* () {
          for await (const batch of stream.batches())
            for (let from = 0; from < batch.length; from += 10)
              yield await held('read', async () => batch.slice(from, from + 10));
        };
        return { batches, [Symbol.asyncIterator]: stream[Symbol.asyncIterator].bind(stream) };
      };
    },
  });
  export default defineConfig(async () => ({
    eventStore: {
      open: async (signal) => {
        const store = await embedded({ folder: process.env.STORE ?? './data' }).open(signal);
        return what ? holding(store) : store;
      },
    },
    definitions: [],
  }));
`;

/** How a command ended, and all that it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command is started with. */
export interface StartOptions {
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly input?: string | undefined;
  /** Within the folder. */
  readonly cwd?: string | undefined;
}

/** A command that runs. */
export interface Running {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when standard output or error has this text. */
  said(text: string): Promise<void>;
  /** Reads nothing more of what it prints. */
  closeOutput(): void;
}

/** A temporary folder with a configuration, in which the built command is run as a process. */
export class CommandLine {
  private constructor(readonly folder: string) {}

  static async open(config: Readonly<Record<string, string>> = {}): Promise<CommandLine> {
    const folder = await mkdtemp(join(tmpdir(), 'everfold-cli-'));
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
    const files = { 'everfold.config.mjs': CONFIG, ...config };
    for (const [name, text] of Object.entries(files))
      if (text !== '') await writeFile(join(folder, name), text);
    return new CommandLine(folder);
  }

  /** Runs a command to its end. */
  run(args: readonly string[], options?: StartOptions): Promise<Ended> {
    return this.start(args, options).ended;
  }

  start(args: readonly string[], { env = {}, input, cwd = '.' }: StartOptions = {}): Running {
    const { FORCE_COLOR: _, ...inherited } = process.env;
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: join(this.folder, cwd),
      env: { ...inherited, ...env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
    const ended = once(child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout,
      stderr,
    }));
    return {
      ended,
      kill: (signal) => void child.kill(signal),
      said: (text) => until(() => stdout.includes(text) || stderr.includes(text)),
      closeOutput: () => void child.stdout.destroy(),
    };
  }

  /** Starts a command that is held at a place of its store, and waits until it is there. */
  async held(hold: string, args: readonly string[], env = {}): Promise<Running> {
    const mark = join(this.folder, `held-${hold.replaceAll(':', '-')}`);
    await rm(mark, { force: true });
    const running = this.start(args, { env: { ...env, HOLD: hold, HELD: mark } });
    await Promise.race([
      until(() => existsSync(mark)),
      running.ended.then((ended) => {
        throw new Error(`It ended before it was held: ${JSON.stringify(ended)}`);
      }),
    ]);
    return running;
  }

  read(name: string): Promise<string> {
    return readFile(join(this.folder, name), 'utf8');
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setTimeout(10);
}
