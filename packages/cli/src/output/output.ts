import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { type Failure, OutputClosed } from '../failure.js';
import { printable } from './printable.js';
import {
  jsonLine,
  ProgressBar,
  type ProgressDisplay,
  ProgressLines,
  SILENT,
  withinTotal,
} from './progress.js';

const PATIENCE_MS = 1_000;

/** How a command talks. */
export interface OutputOptions {
  /** One JSON value, or one a line, on standard output; errors and progress as JSON on standard error. */
  readonly json: boolean;
  /** No progress and no remarks. */
  readonly quiet: boolean;
  /** Stack traces. */
  readonly verbose: boolean;
}

/** Results to standard output, everything else to standard error. */
export class Output {
  readonly #reader = new AbortController();
  #display: ProgressDisplay = SILENT;
  /** Ends what waits for a slow reader, or goes on for one who is gone. */
  readonly signal: AbortSignal;

  /**
   * @param signal - Ends the command.
   * @param now - Milliseconds that never go back.
   */
  constructor(
    private readonly stdout: Writable,
    private readonly stderr: Writable,
    readonly options: OutputOptions,
    signal: AbortSignal,
    private readonly now: () => number = () => performance.now(),
  ) {
    // Whoever reads may go away first (`| head`): that ends the command, and is no failure. A full disk is one.
    this.signal = AbortSignal.any([signal, this.#reader.signal]);
    signal.addEventListener('abort', () => this.#interrupted(), { once: true });
    stdout.on('error', (error) =>
      this.#reader.abort(isReaderGone(error) ? new OutputClosed() : error),
    );
    stderr.on('error', () => {});
  }

  /**
   * Writes a line of the result, and waits while the reader is slow.
   *
   * @throws {@link OutputClosed} when nobody reads any more.
   */
  async line(text: string): Promise<void> {
    this.signal.throwIfAborted();
    if (this.stdout.write(`${text}\n`)) return;
    await once(this.stdout, 'drain', { signal: this.signal }).catch(() => {
      this.signal.throwIfAborted();
      throw new OutputClosed();
    });
  }

  /** Waits until the result has left this process. @throws What kept it from being written. */
  async written(): Promise<void> {
    await this.flush();
    const { aborted, reason } = this.#reader.signal;
    if (aborted && !(reason instanceof OutputClosed)) throw reason;
  }

  /** The result in both forms: `human` is only made when people read. */
  async result(value: unknown, human: () => string): Promise<void> {
    await this.line(this.options.json ? JSON.stringify(value) : human());
  }

  /** Something worth knowing beside the result. */
  remark(text: string): void {
    if (this.options.quiet) return;
    this.stderr.write(
      this.options.json ? `${JSON.stringify({ remark: text })}\n` : `${printable(text)}\n`,
    );
  }

  /** Tells why the command ends. */
  failure({ code, message, exitCode, expected }: Failure, error: unknown): void {
    if (this.options.json) {
      this.stderr.write(`${JSON.stringify({ error: { code, message, exitCode } })}\n`);
      return;
    }
    this.stderr.write(`everfold: ${message}\n`);
    const stack = error instanceof Error ? error.stack : undefined;
    if (this.options.verbose && stack !== undefined) this.stderr.write(`${stack}\n`);
    else if (!expected)
      this.stderr.write('Run it again with --verbose to see where it happened.\n');
  }

  /** Shows how far a long command is; until it is interrupted, when the terminal is wanted for what is said then. */
  progress(): ProgressDisplay {
    const display = this.#makeDisplay();
    this.#display = display;
    return {
      update: (step) => {
        if (!this.signal.aborted) display.update(withinTotal(step));
      },
      close: () => display.close(),
    };
  }

  #interrupted(): void {
    if (this.#display !== SILENT) this.#display.close();
    // Behind the `^C` that a terminal shows.
    else if (isTerminal(this.stderr)) this.stderr.write('\n');
    this.remark('Ending where it is safe; Ctrl-C again ends at once.');
  }

  #makeDisplay(): ProgressDisplay {
    const { json, quiet } = this.options;
    if (quiet) return SILENT;
    const write = (line: string): void => void this.stderr.write(`${line}\n`);
    if (json) return new ProgressLines(write, this.now, jsonLine);
    if (isTerminal(this.stderr)) return new ProgressBar(this.stderr, this.now);
    return new ProgressLines(write, this.now);
  }

  /** Waits until everything has left this process; not for ever for a reader who does not read what was interrupted. */
  async flush(): Promise<void> {
    const all = Promise.all([this.stdout, this.stderr].map(flushed));
    await (this.signal.aborted ? Promise.race([all, setTimeout(PATIENCE_MS)]) : all);
  }
}

const READER_GONE: readonly unknown[] = ['EPIPE', 'ECONNRESET', 'EOF', undefined];

function isReaderGone(error: Error): boolean {
  return READER_GONE.includes(Reflect.get(error, 'code'));
}

function isTerminal(stream: Writable): stream is NodeJS.WriteStream {
  return (stream as Partial<NodeJS.WriteStream>).isTTY === true;
}

function flushed(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) return resolve();
    stream.write('', () => resolve());
  });
}
