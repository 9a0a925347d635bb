import { readFileSync, statfsSync } from 'node:fs';

/** What must be free beyond what is needed, for nobody to have to make sure of it: no other program writes as much in a moment. */
const AMPLE_BYTES = 1_024 * 1_024 * 1_024;

/** How long it counts how much is free: in that time, nobody fills what must be to spare. */
const FREE_COUNTS_MS = 20;

/** How long it counts what limit a process has; it is set when it starts, and hardly ever later. */
const LIMIT_COUNTS_MS = 1_000;

/** Knows whether a disk has so much room that no write of this process can meet its end. */
export class AmpleSpace {
  readonly #folder: string;
  #free = 0;
  #freeReadAt = Number.NEGATIVE_INFINITY;
  #limit = 0;
  #limitReadAt = Number.NEGATIVE_INFINITY;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Whether a file may grow by so many bytes, with a gibibyte to spare on the disk and below the most that this process may
   * write to a file. `false` where the system does not tell.
   *
   * @param bytes - How much it is to grow.
   * @param size - How large it will be; asked for only where that is limited.
   */
  holds(bytes: number, size: () => number): boolean {
    try {
      if (this.#freeBytes() < bytes + AMPLE_BYTES) return false;
      const most = this.#mostBytes();
      return most === Number.POSITIVE_INFINITY || most >= size() + AMPLE_BYTES;
    } catch {
      return false;
    }
  }

  #freeBytes(): number {
    const now = performance.now();
    if (now - this.#freeReadAt > FREE_COUNTS_MS) {
      const { bavail, bsize } = statfsSync(this.#folder);
      this.#free = bavail * bsize;
      this.#freeReadAt = now;
    }
    return this.#free;
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
