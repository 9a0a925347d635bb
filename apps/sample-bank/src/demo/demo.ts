import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { BankClient } from './bank-client.js';
import { Customers } from './customers.js';
import { LagProbe, messageOf } from './lag-probe.js';
import { Measurements } from './measurements.js';
import type { DemoOptions } from './options.js';
import { Random } from './random.js';
import { progressLine, summary } from './report.js';

/** How much may be under way at once; beyond it, the rate is the bank's. */
const MOST_IN_FLIGHT = 256;
const TICK_MS = 4;
const REPORT_MS = 1_000;

/** Nobody answers at the address that was given. */
export class NoBankError extends Error {}

/**
 * Drives a bank until the signal is aborted or the duration is over, then lets what is under way end.
 *
 * @param print - Takes lines as they come.
 * @returns What was seen.
 * @throws {@link NoBankError} when there is no bank that is ready.
 */
export async function runDemo(
  options: DemoOptions,
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<Measurements> {
  const bank = new BankClient(options.url);
  await assertReady(bank, options.url);
  print(`seed ${options.seed}, ${options.rate} requests/s at ${options.url}; Ctrl-C ends it`);
  const seen = new Measurements();
  const lag = new LagProbe(bank, seen);
  const run = randomBytes(2).toString('hex');
  const customers = new Customers(run, bank, new Random(options.seed), seen, lag);
  const began = performance.now();
  try {
    await customers.begin();
    await drive(customers, seen, { ...options, signal, print, began });
  } catch (error) {
    seen.fail(messageOf(error));
  }
  await lag.settled();
  print(summary((performance.now() - began) / 1_000, seen));
  return seen;
}

async function assertReady(bank: BankClient, url: string): Promise<void> {
  const answer = await bank.get('/health/ready').catch((error: unknown) => messageOf(error));
  if (typeof answer !== 'string' && answer.status === 200) return;
  const reason = typeof answer === 'string' ? answer : `status ${answer.status}`;
  throw new NoBankError(`No bank is ready at ${url} (${reason}). Start one: npm start`);
}

interface Drive extends DemoOptions {
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  readonly began: number;
}

async function drive(customers: Customers, seen: Measurements, options: Drive): Promise<void> {
  const { rate, duration = Number.POSITIVE_INFINITY, signal, print, began } = options;
  const start = performance.now();
  const inFlight = new Set<Promise<void>>();
  let sent = 0;
  let reported = { at: start, writes: seen.writes };
  for (let now = start; !signal.aborted && now - began < duration * 1_000; ) {
    const due = Math.floor(((now - start) / 1_000) * rate);
    for (; sent < due && inFlight.size < MOST_IN_FLIGHT; sent += 1)
      track(inFlight, customers.next()(), seen);
    // What the bank was too slow for is not made up for later.
    sent = Math.max(sent, due);
    if (now - reported.at >= REPORT_MS) {
      const second = Math.round((now - began) / 1_000);
      const perSecond = ((seen.writes - reported.writes) / (now - reported.at)) * 1_000;
      print(progressLine(second, perSecond, seen));
      reported = { at: now, writes: seen.writes };
    }
    await pause(TICK_MS);
    now = performance.now();
  }
  await Promise.all(inFlight);
}

function track(inFlight: Set<Promise<void>>, deed: Promise<void>, seen: Measurements): void {
  const tracked = deed
    .catch((error: unknown) => seen.fail(messageOf(error)))
    .then(() => {
      inFlight.delete(tracked);
    });
  inFlight.add(tracked);
}
