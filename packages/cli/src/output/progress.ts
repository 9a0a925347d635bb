import { type Options, SingleBar } from 'cli-progress';
import { grouped, printable, spoken } from './printable.js';
import { type Pace, RateMeter } from './rate-meter.js';

/** How far a long command is. */
export interface Step {
  readonly phase: string;
  /** Of what is counted: events, lines. */
  readonly done: number;
  /** How many there are, where that is known. */
  readonly total?: number | undefined;
  /** Whether the total is a guess. */
  readonly isEstimate?: true | undefined;
}

/** A step whose total has grown with what was done: there was more to do than was known when it was counted. */
export function withinTotal(step: Step): Step {
  const { done, total } = step;
  return total === undefined || total >= done ? step : { ...step, total: done };
}

/** Shows how far a long command is: on standard error, so that results stay clean. */
export interface ProgressDisplay {
  update(step: Step): void;
  /** Takes it away, or says how it ended; may be called twice. */
  close(): void;
}

/** How seldom a pipe is told, in milliseconds. */
const LINE_EVERY_MS = 5_000;

/** Shows nothing. */
export const SILENT: ProgressDisplay = { update: () => {}, close: () => {} };

/** A bar with rate and time left, for people. */
export class ProgressBar implements ProgressDisplay {
  #bar: SingleBar | undefined;
  #meter: RateMeter;
  #pace: Pace = { rate: undefined, etaMs: undefined };
  #last: Step | undefined;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly now: () => number,
  ) {
    this.#meter = new RateMeter(now);
  }

  update(step: Step): void {
    if (this.#last?.phase !== step.phase) this.#begin(step);
    this.#last = step;
    this.#pace = this.#meter.at(step.done, step.total);
    this.#bar?.setTotal(step.total ?? 0);
    this.#bar?.update(step.done);
  }

  close(): void {
    this.#bar?.stop();
    this.#bar = undefined;
    this.#last = undefined;
  }

  #begin(step: Step): void {
    this.close();
    this.#meter = new RateMeter(this.now);
    const options: Options = {
      stream: this.stream,
      hideCursor: true,
      // Ctrl-C is the command's own business.
      gracefulExit: false,
      noTTYOutput: false,
      fps: 10,
      format: (_, { value, total, progress }) => this.#drawn(step.phase, value, total, progress),
    };
    this.#bar = new SingleBar(options);
    this.#bar.start(step.total ?? 0, step.done);
  }

  #drawn(phase: string, done: number, total: number, fraction: number): string {
    const said = paceOf(this.#pace);
    if (total === 0)
      return done === 0 ? printable(phase) : `${printable(phase)}  ${grouped(done)}${said}`;
    const width = 24;
    const full = Math.round(Math.min(1, fraction) * width);
    const bar = '█'.repeat(full) + '░'.repeat(width - full);
    const about = this.#last?.isEstimate === true ? '~' : '';
    const percent = String(Math.floor(Math.min(1, fraction) * 100)).padStart(3);
    return `${printable(phase)}  ${bar} ${percent}%  ${grouped(done)}/${about}${grouped(total)}${said}`;
  }
}

/** A line now and then, for logs and pipes. */
export class ProgressLines implements ProgressDisplay {
  #meter: RateMeter;
  #last: Step | undefined;
  #told: Step | undefined;
  #toldAt = 0;

  /** @param form - How a step becomes a line, without its end. */
  constructor(
    private readonly write: (line: string) => void,
    private readonly now: () => number,
    private readonly form: (step: Step, pace: Pace) => string = plainLine,
  ) {
    this.#meter = new RateMeter(now);
  }

  update(step: Step): void {
    if (this.#last?.phase !== step.phase) {
      this.close();
      this.#meter = new RateMeter(this.now);
      this.#toldAt = this.now();
    }
    this.#last = step;
    if (this.now() - this.#toldAt >= LINE_EVERY_MS) this.#tell(step);
    else this.#meter.at(step.done, step.total);
  }

  close(): void {
    if (this.#last !== undefined && this.#last !== this.#told) this.#tell(this.#last);
    this.#last = undefined;
  }

  #tell(step: Step): void {
    this.#told = step;
    this.#toldAt = this.now();
    this.write(this.form(step, this.#meter.at(step.done, step.total)));
  }
}

/** A step as a line for people. */
export function plainLine({ phase, done, total, isEstimate }: Step, pace: Pace): string {
  // Nothing is counted there, or there was nothing to count.
  if (total === undefined && done === 0) return printable(phase);
  const about = isEstimate === true ? 'about ' : '';
  const of = total === undefined ? '' : ` of ${about}${grouped(total)}`;
  return `${printable(phase)}: ${grouped(done)}${of}${paceOf(pace)}`;
}

/** A step as a line of JSON. */
export function jsonLine(step: Step, { rate, etaMs }: Pace): string {
  const pace = { ratePerSecond: rounded(rate), etaMs: rounded(etaMs) };
  return JSON.stringify({ progress: { ...step, ...pace } });
}

function paceOf({ rate, etaMs }: Pace): string {
  const speed = rate === undefined ? '' : `  ${grouped(rate)}/s`;
  return etaMs === undefined ? speed : `${speed}  ${spoken(etaMs)} left`;
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value);
}
