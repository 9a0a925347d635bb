import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a child process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Call {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

type Message = Readonly<Record<string, unknown>>;

/** How {@link Processes.start} starts. */
export interface StartOptions {
  /** A file in `children/`. */
  readonly script?: string | undefined;
  readonly args?: readonly string[] | undefined;
  /** Commands that run the process: `strace`, or a shell that sets limits. */
  readonly through?: readonly string[] | undefined;
  /** Options of Node. */
  readonly execArgv?: readonly string[] | undefined;
  /** Told each message that is no answer. */
  readonly onSaid?: ((message: Message) => void) | undefined;
}

/** A process that a test started, and that answers its calls. */
export class StoreProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #calls = new Map<number, Call>();
  readonly #onSaid: (message: Message) => void;
  readonly #ready: Promise<void>;
  #markReady: () => void = () => undefined;
  #lastCall = 0;
  #text = '';
  #pid: number | undefined;
  #ending: Ending | undefined;
  /** Resolves when the process has ended and everything that it said was read. */
  readonly ended: Promise<Ending>;
  /** What it wrote to its standard error. */
  errors = '';

  constructor({
    script = 'store.mjs',
    args = [],
    through = [],
    execArgv = [],
    onSaid,
  }: StartOptions) {
    const path = fileURLToPath(new URL(`./children/${script}`, import.meta.url));
    const [command = '', ...rest] = [...through, process.execPath, ...execArgv, path, ...args];
    this.#onSaid = onSaid ?? (() => undefined);
    this.#child = spawn(command, rest, { stdio: 'pipe' });
    this.#ready = new Promise((resolve) => {
      this.#markReady = resolve;
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    this.#child.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.#child.on('error', (error) => this.#end({ code: null, signal: null }, error, resolve));
      this.#child.on('close', (code, signal) => this.#end({ code, signal }, undefined, resolve));
    });
  }

  /** The process itself, not what runs it. */
  get pid(): number {
    if (this.#pid === undefined) throw new Error('The process has not said that it is there.');
    return this.#pid;
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** Resolves when the process can be called. */
  async ready(): Promise<this> {
    await Promise.race([this.#ready, this.ended]);
    if (this.#pid === undefined) throw new Error(`The process did not start: ${this.errors}`);
    return this;
  }

  /** Calls a command of the process; rejects with what it threw, or when the process ends before it answers. */
  call<T = void>(name: string, args: unknown = {}): Promise<T> {
    if (this.#ending !== undefined) return Promise.reject(this.#gone());
    this.#lastCall += 1;
    const call = this.#lastCall;
    return new Promise<T>((resolve, reject) => {
      this.#calls.set(call, { resolve: resolve as (value: never) => void, reject });
      this.#child.stdin.write(`${JSON.stringify({ call, name, args })}\n`);
    });
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    if (this.#ending === undefined) process.kill(this.pid, signal);
  }

  /** Ends the process whatever it does, and waits for that. */
  async destroy(): Promise<void> {
    if (this.#ending === undefined) {
      if (this.#pid !== undefined) signalIfThere(this.#pid);
      this.#child.kill('SIGKILL');
      this.#child.stdin.destroy();
    }
    await this.ended;
  }

  #read(text: string): void {
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) this.#take(JSON.parse(line) as Message);
  }

  #take(message: Message): void {
    if (typeof message['ready'] === 'number') {
      this.#pid = message['ready'];
      this.#markReady();
    } else if (typeof message['call'] === 'number') this.#answer(message['call'], message);
    else this.#onSaid(message);
  }

  #answer(call: number, { result, error }: Message): void {
    const waiting = this.#calls.get(call);
    this.#calls.delete(call);
    if (error === undefined) waiting?.resolve(result as never);
    else waiting?.reject(Object.assign(new Error(), error));
  }

  #end(ending: Ending, cause: Error | undefined, resolve: (ending: Ending) => void): void {
    this.#ending ??= ending;
    if (cause !== undefined) this.errors += String(cause);
    for (const { reject } of this.#calls.values()) reject(this.#gone());
    this.#calls.clear();
    resolve(this.#ending);
  }

  #gone(): Error {
    return new Error(`The process has ended (${JSON.stringify(this.#ending)}). ${this.errors}`);
  }
}

/** The processes of a spec. To be ended after each test, whatever became of it. */
export class Processes {
  readonly #all = new Set<StoreProcess>();

  start(options: StartOptions = {}): Promise<StoreProcess> {
    const child = new StoreProcess(options);
    this.#all.add(child);
    return child.ready();
  }

  /** Several at once. */
  startAll(count: number, options: StartOptions = {}): Promise<StoreProcess[]> {
    return Promise.all(Array.from({ length: count }, () => this.start(options)));
  }

  async end(): Promise<void> {
    await Promise.all([...this.#all].map((child) => child.destroy()));
    this.#all.clear();
  }
}

function signalIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}
