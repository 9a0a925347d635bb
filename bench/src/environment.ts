import {
  closeSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { percentile } from './statistics.js';

const SYNCS = 200;
const WRITE_BYTES = 300;
const US_PER_MS = 1_000;

/** Faster than any disk that keeps its word: nothing was synced. */
const LEAST_SYNC_US = 50;

/** File systems that live in memory. */
const VOLATILE = ['tmpfs', 'ramfs'];

/** Linux's magic number of tmpfs, for when there is no table of mounts. */
const TMPFS_MAGIC = 0x01021994;

/** Where the bench runs. */
export interface Environment {
  readonly folder: string;
  readonly fileSystem: string;
  /** Median of write and fdatasync of 300 bytes to a growing file, in µs. */
  readonly syncP50Us: number;
  readonly machine: string;
  /** How many threads wanted a CPU in the last minute, on average, for each CPU. */
  readonly loadPerCpu: number;
}

/** Looks at the machine and at the disk below the data folder. */
export function environmentOf(folder: string): Environment {
  const model = cpus()[0]?.model ?? 'unknown CPU';
  return {
    folder: resolve(folder),
    fileSystem: fileSystemOf(folder),
    syncP50Us: syncP50Us(folder),
    machine: `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} × ${model}`,
    loadPerCpu: (loadavg()[0] ?? 0) / availableParallelism(),
  };
}

/** Why durability cannot be measured there, or `undefined`. */
export function unfitness({ fileSystem, syncP50Us: p50 }: Environment): string | undefined {
  if (VOLATILE.includes(fileSystem))
    return `The data folder is on ${fileSystem}: choose one on a disk with --dir.`;
  if (p50 < LEAST_SYNC_US)
    return `fdatasync took ${p50.toFixed(0)} µs (p50): below ${LEAST_SYNC_US} µs nothing is synced. Choose another folder with --dir.`;
  return undefined;
}

function syncP50Us(folder: string): number {
  const path = join(folder, `sync-${process.pid}`);
  const file = openSync(path, 'a');
  try {
    const bytes = Buffer.alloc(WRITE_BYTES, 'x');
    const times = Array.from({ length: SYNCS }, () => {
      writeSync(file, bytes);
      const begun = performance.now();
      fdatasyncSync(file);
      return (performance.now() - begun) * US_PER_MS;
    });
    return percentile(times, 0.5);
  } finally {
    closeSync(file);
    rmSync(path);
  }
}

function fileSystemOf(folder: string): string {
  if (process.platform !== 'linux') return process.platform;
  return (
    mountOf(resolve(folder)) ?? (statfsSync(folder).type === TMPFS_MAGIC ? 'tmpfs' : 'unknown')
  );
}

/** Of the mounts above the folder the longest is the nearest, and of two in one place the last. */
function mountOf(folder: string): string | undefined {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .map(([, place = '', type = '']) => ({ place, type }))
    .filter(({ place }) => place !== '' && `${folder}/`.startsWith(place.replace(/\/?$/, '/')));
  return mounts.toSorted((a, b) => a.place.length - b.place.length).at(-1)?.type;
}
