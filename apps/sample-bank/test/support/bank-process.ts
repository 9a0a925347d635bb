import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Answer, type Sent, send } from './http-client.js';

const MAIN = join(dirname(fileURLToPath(import.meta.url)), '../../dist/main.js');

/** How a process ended, and what it had written. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built bank in a process of its own. */
export class BankProcess {
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';

  private constructor(readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.ended = once(child, 'close').then(([code, signal]) => ({
      code,
      signal,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  /** Starts the bank with these variables and no others of its own. */
  static spawn(environment: Record<string, string>, cwd?: string): BankProcess {
    const { PATH = '' } = process.env;
    const env = { PATH, PORT: '0', ...environment };
    return new BankProcess(spawn(process.execPath, [MAIN], { env, cwd }));
  }

  /** Starts the bank and waits until it listens. */
  static async start(environment: Record<string, string>, cwd?: string): Promise<BankProcess> {
    const bank = BankProcess.spawn(environment, cwd);
    await bank.ready();
    return bank;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get url(): string {
    return /^listening on (\S+)$/m.exec(this.#stdout)?.[1] ?? 'http://not-listening';
  }

  send(method: string, path: string, sent?: Sent): Promise<Answer> {
    return send(this.url, method, path, sent);
  }

  /** Resolves when the last line of the greeting is written; rejects when the process ends before. */
  async ready(): Promise<void> {
    const early = this.ended.then(({ code, stderr }) => {
      throw new Error(`ended with ${code} before it listened: ${stderr}`);
    });
    early.catch(() => undefined);
    while (!/(^curl .*\n){3}/m.test(this.#stdout))
      await Promise.race([once(this.child.stdout ?? this.child, 'data'), early]);
  }

  kill(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}
