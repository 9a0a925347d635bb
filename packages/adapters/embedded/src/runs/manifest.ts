import { StoreCorruptedError } from '@everfold/core';
import { sealed, unsealed } from '../checksum.js';
import { positionAt } from '../position.js';
import { FAN_OUT, isSameRun, parentOf, type Run, slotOf, windowsOf } from './run.js';

/** What the index consists of. */
export interface Manifest {
  /** Names the commit that wrote it, as the head of the log is named. */
  readonly mark: number;
  /** How many windows are indexed. */
  readonly windows: number;
  /** The runs that hold them, the oldest first. */
  readonly runs: readonly Run[];
}

/** The manifest of a log that was just begun. */
export const NOTHING_INDEXED: Manifest = { mark: 1, windows: 0, runs: [] };

/** A manifest as it is stored. */
export function encodeManifest({ mark, windows, runs }: Manifest): Buffer {
  const numbers = runs.map(({ level, number }) => [level, number]);
  return sealed(Buffer.from(JSON.stringify([mark, windows, numbers])));
}

/** @throws {@link StoreCorruptedError} when the bytes are missing or have changed: nothing of the index can be found. */
export function decodeManifest(bytes: Buffer | undefined): Manifest {
  if (bytes === undefined)
    throw new StoreCorruptedError(positionAt(1), 'the manifest of the index is missing');
  const text = unsealed(bytes, 'the manifest of the index', positionAt(1)).toString();
  const [mark, windows, runs] = JSON.parse(text) as [number, number, [number, number][]];
  return { mark, windows, runs: runs.map(([level, number]) => ({ level, number })) };
}

/** The run that holds the next window. */
export function nextWindow({ windows }: Manifest): Run {
  return { level: 0, number: windows };
}

/** The runs that all parts of are there for, the smallest first. */
export function mergesOf(manifest: Manifest): readonly Run[] {
  const merges: Run[] = [];
  for (const run of manifest.runs) {
    const parent = parentOf(run);
    const isKnown = merges.some((merge) => isSameRun(merge, parent));
    if (!isKnown && canMerge(parent, manifest)) merges.push(parent);
  }
  return merges.sort((left, right) => left.level - right.level || left.number - right.number);
}

/** Whether all parts of a run are there, and it is not. */
export function canMerge(run: Run, { runs }: Manifest): boolean {
  return runs.filter((part) => isSameRun(parentOf(part), run)).length === FAN_OUT;
}

/** Whether a run can be written without destroying another that is in use. */
export function hasSlotFor({ runs }: Manifest, run: Run): boolean {
  return !runs.some(
    ({ level, number }) => level === run.level && slotOf({ level, number }) === slotOf(run),
  );
}

/** The manifest when a run is written: that of the next window, or one that takes the place of its parts. */
export function withRun(manifest: Manifest, run: Run, mark: number): Manifest {
  const { from, to } = windowsOf(run);
  const others = manifest.runs.filter((other) => !isSameRun(parentOf(other), run));
  const before = others.filter((other) => windowsOf(other).from < from);
  return {
    mark,
    windows: Math.max(manifest.windows, to),
    runs: [...before, run, ...others.slice(before.length)],
  };
}
