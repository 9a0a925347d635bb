import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StoreUnavailableError } from '@everfold/core';
import { LOCK_TIMEOUT_MS } from '../writing.js';
import { healInChild } from './heal.js';
import { isSystemError } from './marker.js';

/** Beginning of the names of files that say that somebody is opening: process, when it began, and a UUID follow. */
const PREFIX = '.opening.';

const LOOK_EVERY_MS = 2;

/**
 * Who is opening a folder just now, over all processes.
 *
 * When LMDB opens an environment it notes for everybody which commit is the newest, from a page that it read a moment before. A
 * commit that was made in between is seen by nobody until the note is set right, and the next commit of a process that has not
 * seen it is written over it. Nothing of LMDB's keeps writers out meanwhile. So whoever opens says so before, and withdraws it
 * when the note is right and nobody writes who began before it was; and nobody acknowledges, shows or builds upon a commit before
 * all have withdrawn who were opening when it was made. A commit that is gone then was acknowledged to nobody, and is made again.
 */
export class Openings {
  readonly #folder: string;

  /** @param folder - The folder of the store. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Says that this process is opening. `undefined` where the folder cannot be written, and LMDB's note neither. */
  async announce(): Promise<string | undefined> {
    const name = `${PREFIX}${process.pid}.${beginningOf(process.pid) ?? ''}.${randomUUID()}`;
    try {
      await writeFile(join(this.#folder, name), '', { flag: 'wx' });
      return name;
    } catch (error) {
      if (isSystemError(error) && (error.code === 'EROFS' || error.code === 'EACCES'))
        return undefined;
      throw error;
    }
  }

  /** Takes back what was announced, by this process or by others that have died. */
  async withdraw(names: readonly string[]): Promise<void> {
    for (const name of names) await rm(join(this.#folder, name), { force: true });
  }

  /** What was announced and not withdrawn, by others as well. */
  announced(): readonly string[] {
    return readdirSync(this.#folder).filter((name) => name.startsWith(PREFIX));
  }

  /**
   * Resolves when everybody has come to an end who is opening at the time of this call; `undefined` where nobody is. Whoever has
   * died in the middle is brought to an end by a child process.
   *
   * @throws {@link StoreUnavailableError} when one does not come to an end within {@link LOCK_TIMEOUT_MS}.
   */
  ended(): Promise<void> | undefined {
    const present = this.announced();
    return present.length === 0 ? undefined : this.#wait(present);
  }

  async #wait(present: readonly string[]): Promise<void> {
    const end = performance.now() + LOCK_TIMEOUT_MS;
    for (;;) {
      const announced = new Set(this.announced());
      const left = present.filter((name) => announced.has(name));
      if (left.length === 0) return;
      if (left.every((name) => isDead(name))) await healInChild(this.#folder);
      else if (performance.now() >= end) throw stoppedWhileOpening(this.#folder);
      await delay(LOOK_EVERY_MS);
    }
  }
}

/** Whether the process that announced this has died. */
export function isDead(name: string): boolean {
  const [pid = '', beginning] = name.slice(PREFIX.length).split('.');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ESRCH') return true;
  }
  const now = beginningOf(Number(pid));
  return now !== undefined && now !== beginning;
}

const START_TIME = 19;

/** When a process began, which tells it from another with its number; `undefined` where the system does not tell. See proc(5). */
function beginningOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Behind the name, which may hold anything, from the third field on.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[START_TIME];
  } catch {
    return undefined;
  }
}

/** What to tell while another process is stopped in the middle of opening or closing. */
export function stoppedWhileOpening(folder: string): StoreUnavailableError {
  return new StoreUnavailableError(
    `Another process has been opening or closing '${folder}' for more than ${LOCK_TIMEOUT_MS} ms: it was stopped in the middle. ` +
      'Let it go on, or end it, and open again.',
  );
}
