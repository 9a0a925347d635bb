import { readFileSync, statfsSync } from 'node:fs';

/** What must be free beyond what is needed, for nobody to have to make sure of it: no other program writes as much in a moment. */
const AMPLE_BYTES = 1_024 * 1_024 * 1_024;

/** How long it counts what limit a process has; it is set when it starts, and hardly ever later. */
const LIMIT_COUNTS_MS = 1_000;

/** Knows whether a disk has so much room that no write of this process can meet its end. */
export class AmpleSpace {
  readonly #folder: string;
  #limit = 0;
  #limitReadAt = Number.NEGATIVE_INFINITY;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Whether a file may grow by so many bytes, to this size, with a gibibyte to spare on the disk and below the most that this
   * process may write to a file. `false` where the system does not tell.
   */
  holds(bytes: number, size: number): boolean {
    try {
      const { bavail, bsize } = statfsSync(this.#folder);
      return bavail * bsize >= bytes + AMPLE_BYTES && this.#mostBytes() >= size + AMPLE_BYTES;
    } catch {
      return false;
    }
  }

  /** The most bytes that this process may give a file (`ulimit -f`); see proc(5). */
  #mostBytes(): number {
    const now = performance.now();
    if (now - this.#limitReadAt > LIMIT_COUNTS_MS) {
      this.#limit = fileSizeLimit();
      this.#limitReadAt = now;
    }
    return this.#limit;
  }
}

function fileSizeLimit(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const [, soft] = /^Max file size +(\S+)/m.exec(limits) ?? [];
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft ?? 0);
}
