import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Contender } from '../contender.js';
import type { StoreName } from '../workload/store.js';

const BANK = new URL('../../../apps/sample-bank/dist/main.js', import.meta.url);
const BARE_ROUTE = new URL('./bare-route.js', import.meta.url);

/** A server of deposits in a process of its own. */
export class DepositServer implements AsyncDisposable {
  private constructor(
    /** Where it listens, without a trailing slash. */
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  /**
   * Starts the sample bank, or the bare route as the limit; is profiled when this process is.
   *
   * @param folder - Holds the bank's events.
   */
  static async start(
    contender: Contender,
    store: StoreName,
    folder: string,
  ): Promise<DepositServer> {
    const main = contender === 'everfold' ? BANK : BARE_ROUTE;
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, [...ownProfile(), fileURLToPath(main)], {
      env: { PATH, PORT: '0', EVENT_STORE: store, DATA_DIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    for await (const text of child.stdout
      .setEncoding('utf8')
      .iterator({ destroyOnReturn: false })) {
      said += text;
      const url = /^listening on (\S+)$/m.exec(said)?.[1];
      if (url === undefined) continue;
      child.stdout.resume();
      return new DepositServer(url, child);
    }
    throw new Error(`${fileURLToPath(main)} did not start: is it built?`);
  }

  /**
   * Stops the server.
   *
   * @throws Error when it does not end as it should.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const [code, signal] = await exited;
    if (code !== 0) throw new Error(`The server ended with ${signal ?? code}.`);
  }
}

function ownProfile(): readonly string[] {
  return process.execArgv
    .filter((option) => option.startsWith('--cpu-prof'))
    .map((option) => option.replace('--cpu-prof-name=', '--cpu-prof-name=server-of-'));
}
