import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contender } from './contender.js';
import type { Unavailable } from './peers/install.js';
import { type RunOptions, runSample } from './run-sample.js';
import type { Sample, Sampled } from './samples/sample.js';
import type { Scale } from './scale.js';
import type { StoreName } from './workload/store.js';

/** A sample but for where and on what: the bench adds that. */
export type Task = Sample extends infer S
  ? S extends Sample
    ? Omit<S, 'folder' | 'store' | 'contender'>
    : never
  : never;

/** What the rows share: the scale, the folder, and how samples are taken. */
export class Bench {
  readonly scale: Scale;
  /** Why no peer can be measured. */
  readonly peersUnavailable: Unavailable;
  readonly #store: StoreName;
  readonly #folder: string;
  readonly #run: RunOptions;

  /** @param folder - Holds the data while a row runs; must exist. */
  constructor(
    scale: Scale,
    store: StoreName,
    folder: string,
    peersUnavailable: Unavailable,
    run: RunOptions = {},
  ) {
    this.scale = scale;
    this.#store = store;
    this.#folder = folder;
    this.peersUnavailable = peersUnavailable;
    this.#run = run;
  }

  /** A count of the normal scale, in this one. */
  sized(count: number): number {
    return Math.ceil(count * this.scale.size);
  }

  /** Takes a sample in a folder that is empty and removed afterwards. */
  async inEmptyFolder(contender: Contender, task: Task): Promise<Sampled> {
    return this.withFolder((folder) => this.inFolder(folder, contender, task));
  }

  /** Takes a sample in a folder that is there. */
  inFolder(folder: string, contender: Contender, task: Task): Promise<Sampled> {
    return runSample({ ...task, contender, folder, store: this.#store } as Sample, this.#run);
  }

  /** Lends a folder that is empty and removed afterwards. */
  async withFolder<R>(use: (folder: string) => Promise<R>): Promise<R> {
    const folder = await mkdtemp(join(this.#folder, 'everfold-bench-'));
    try {
      return await use(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
