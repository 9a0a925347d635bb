import { randomUUID } from 'node:crypto';
import {
  accessSync,
  constants,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StoreUnavailableError } from '@everfold/core';
import { LOCK_TIMEOUT_MS } from '../writing.js';
import { healInChild } from './heal.js';
import { isSystemError } from './marker.js';

/**
 * Beginning of the names of files that say that somebody is opening. The process follows, when it began, the inode of the folder,
 * which tells a copy, and a UUID.
 */
const PREFIX = '.opening.';

const LOOK_EVERY_MS = 2;

/**
 * Who is opening a folder just now, over all processes.
 *
 * When LMDB opens an environment it notes for everybody which commit is the newest, from a page that it read a moment before. A
 * commit that was made in between is seen by nobody until the note is set right, and the next commit of a process that has not
 * seen it is written over it. Nothing of LMDB's keeps writers out meanwhile. So whoever opens says so before, one at a time, and
 * withdraws it when the note is right and nobody writes who began before it was; and nobody acknowledges, shows or builds upon a
 * commit before those have withdrawn who were opening when it was made. A commit that is gone then was acknowledged to nobody, and
 * is made again.
 */
export class Openings {
  readonly #folder: string;

  /** @param folder - The folder of the store. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Says that this process is opening. It does not give way to others: from here until it is withdrawn, commits wait.
   *
   * @returns Its name; `undefined` where neither the folder nor LMDB's note can be written.
   * @throws {@link StoreUnavailableError} when the folder cannot be written, but LMDB's note can.
   */
  announce(): string | undefined {
    try {
      const { ino } = statSync(this.#folder);
      const beginning = beginningOf(process.pid) ?? '';
      const name = `${PREFIX}${process.pid}.${beginning}.${ino}.${randomUUID()}`;
      writeFileSync(join(this.#folder, name), '', { flag: 'wx' });
      return name;
    } catch (cause) {
      if (isForbidden(cause) && !this.#canWriteNote()) return undefined;
      throw new StoreUnavailableError(
        `The folder '${this.#folder}' must be writable, not its files alone: ${String(cause)}.`,
        { cause },
      );
    }
  }

  /** Takes back what was announced, by this process or by others that have died. */
  withdraw(names: readonly string[]): void {
    for (const name of names) rmSync(join(this.#folder, name), { force: true });
  }

  /** What was announced and not withdrawn, by others as well. @throws {@link StoreUnavailableError} */
  announced(): readonly string[] {
    try {
      return readdirSync(this.#folder).filter((name) => name.startsWith(PREFIX));
    } catch (cause) {
      throw new StoreUnavailableError(`The folder cannot be read: ${String(cause)}.`, { cause });
    }
  }

  /** Whether who announced this has died without withdrawing it, or opened the folder that this one is a copy of. */
  isDead(name: string): boolean {
    const [pid = '', beginning = '', inode] = name.slice(PREFIX.length).split('.');
    if (inode !== String(statSync(this.#folder, { throwIfNoEntry: false })?.ino)) return true;
    try {
      process.kill(Number(pid), 0);
    } catch (error) {
      if (isSystemError(error) && error.code === 'ESRCH') return true;
    }
    const { state, began } = statusOf(Number(pid));
    return state === 'Z' || state === 'X' || (began !== undefined && began !== beginning);
  }

  /**
   * Resolves when everybody has come to an end who is opening at the time of this call; `undefined` where nobody is. Whoever has
   * died in the middle is brought to an end by a child process.
   *
   * @throws {@link StoreUnavailableError} when one does not come to an end within {@link LOCK_TIMEOUT_MS}.
   */
  ended(): Promise<void> | undefined {
    let present: readonly string[] | undefined;
    try {
      present = this.announced();
    } catch {
      // Out of file descriptors, perhaps: it is looked again.
    }
    return present?.length === 0 ? undefined : this.#wait(present);
  }

  async #wait(given: readonly string[] | undefined): Promise<void> {
    const end = performance.now() + LOCK_TIMEOUT_MS;
    let left = given;
    let isHealing = false;
    let failure: unknown;
    do {
      ({ left, failure } = this.#stillAnnounced(left));
      if (left?.length === 0) return;
      if (!isHealing && left?.every((name) => this.isDead(name)) === true) {
        isHealing = true;
        void healInChild(this.#folder);
      }
      await delay(LOOK_EVERY_MS);
    } while (performance.now() < end);
    throw failure ?? stoppedWhileOpening(this.#folder);
  }

  /** Those of these names that are left, of all where none are given; the names given, and why, where it cannot be looked. */
  #stillAnnounced(names: readonly string[] | undefined): {
    readonly left: readonly string[] | undefined;
    readonly failure?: unknown;
  } {
    try {
      const announced = this.announced();
      const left = names === undefined ? announced : names.filter((one) => announced.includes(one));
      return { left };
    } catch (failure) {
      return { left: names, failure };
    }
  }

  #canWriteNote(): boolean {
    try {
      accessSync(join(this.#folder, 'lock.mdb'), constants.W_OK);
      return true;
    } catch {
      return false;
    }
  }
}

function isForbidden(error: unknown): boolean {
  return isSystemError(error) && ['EROFS', 'EACCES', 'EPERM'].includes(error.code);
}

const START_TIME = 19;

/** The state of a process, and when it began, which tells it from another with its number; see proc(5). Empty beyond Linux. */
function statusOf(pid: number): {
  readonly state?: string | undefined;
  readonly began?: string | undefined;
} {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Behind the name, which may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], began: fields[START_TIME] };
  } catch {
    return {};
  }
}

function beginningOf(pid: number): string | undefined {
  return statusOf(pid).began;
}

/** What to tell while another process is stopped in the middle of opening or closing. */
export function stoppedWhileOpening(folder: string): StoreUnavailableError {
  return new StoreUnavailableError(
    `Another process has been opening or closing '${folder}' for more than ${LOCK_TIMEOUT_MS} ms: it was stopped in the middle. ` +
      'Let it go on, or end it, and open again.',
  );
}
