import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { messageOf } from './lag-probe.js';

/** What the demo was asked for. */
export interface DemoOptions {
  /** Where the bank listens, without a trailing slash. */
  readonly url: string;
  /** Requests a second. */
  readonly rate: number;
  readonly seed: number;
  /** How long, in seconds; `undefined`: until it is stopped. */
  readonly duration: number | undefined;
}

/** What `--help` shows. */
export const USAGE = `Drives a running bank with made-up customers, and shows throughput, errors and lag.

  npm start                       # in one terminal
  npm run demo -- --rate 100      # in another one; Ctrl-C ends it with a summary

  --url       where the bank listens   (default http://127.0.0.1:3000)
  --rate      requests a second, from 0.1 to 10000   (default 50)
  --seed      a whole number: the same customers do the same   (default: another one each time, printed)
  --duration  how many seconds   (default: until Ctrl-C)
  --help      this
`;

/** The command line is not what {@link USAGE} says. */
export class UsageError extends Error {}

/**
 * Reads the command line.
 *
 * @returns `undefined` when help was asked for.
 * @throws {@link UsageError} when an option is unknown or malformed.
 */
export function readOptions(args: readonly string[]): DemoOptions | undefined {
  const { help, url, rate, seed, duration } = parsed(args);
  if (help === true) return undefined;
  return {
    url: urlOf(url ?? 'http://127.0.0.1:3000'),
    rate: numberOf('rate', rate ?? '50', 0.1, 10_000),
    seed: seed === undefined ? randomInt(2 ** 31) : wholeNumberOf(seed),
    duration: duration === undefined ? undefined : numberOf('duration', duration, 0.1, 86_400),
  };
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    const options = {
      url: text,
      rate: text,
      seed: text,
      duration: text,
      help: { type: 'boolean' },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
}

function urlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text.replace(/\/+$/, '');
  throw new UsageError(`--url must be an address like http://127.0.0.1:3000, not ${quoted(text)}.`);
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const number = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`--${name} must be a number from ${least} to ${most}, not ${quoted(text)}.`);
}

function wholeNumberOf(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new UsageError(`--seed must be a whole number of at most 10 digits, not ${quoted(text)}.`);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
