import { WINDOW } from '../stream/window.js';

/** How many runs of one level become one of the next. */
export const FAN_OUT = 8;

/** A run is written over the one that stood so many before it on its level, whose records are in a larger run by then. */
const SLOTS = 2 * FAN_OUT;

/**
 * A sorted run: what the index says about some windows, the number of which is a power of {@link FAN_OUT}. It depends on the
 * records of these windows alone.
 */
export interface Run {
  /** 0 for one window, 1 for {@link FAN_OUT} of them, and so on. */
  readonly level: number;
  /** How many runs of its level lie before it. */
  readonly number: number;
}

/** The first window of a run, and the first behind it. */
export function windowsOf({ level, number }: Run): { readonly from: number; readonly to: number } {
  const width = FAN_OUT ** level;
  return { from: number * width, to: (number + 1) * width };
}

/** The run of the next level that a run becomes a part of. */
export function parentOf({ level, number }: Run): Run {
  return { level: level + 1, number: Math.floor(number / FAN_OUT) };
}

/** Where among those of its level a run is stored. */
export function slotOf({ number }: Run): number {
  return number % SLOTS;
}

/** Whether two are the same. */
export function isSameRun(left: Run, right: Run): boolean {
  return left.level === right.level && left.number === right.number;
}

/** The version of the entries that a run is stored in. */
export function versionOf(run: Run): number {
  return windowsOf(run).to;
}

/** The first record that a run says something about: where it is damaged, nothing before that is concerned. */
export function firstRecordOf(run: Run): number {
  return Math.max(1, windowsOf(run).from * WINDOW);
}
