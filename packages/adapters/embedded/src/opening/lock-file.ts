import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Whether a process is just opening or closing the environment: LMDB would wait for it on the thread of the event loop, and
 * for good if it was stopped. It holds the first byte of the lock file; the locks on others say which processes are alive.
 * Only Linux tells; `false` elsewhere.
 */
export async function isLockedExclusively(folder: string): Promise<boolean> {
  const [locks, file] = await Promise.all([
    readFile('/proc/locks', 'utf8').catch(() => ''),
    stat(join(folder, 'lock.mdb'), { bigint: true }).catch(() => undefined),
  ]);
  if (file === undefined) return false;
  const [major, minor] = [
    (file.dev >> 8n) & 0xfffn,
    (file.dev & 0xffn) | ((file.dev >> 12n) & 0xfff00n),
  ];
  const exclusive = new RegExp(
    `: POSIX +ADVISORY +WRITE +-?\\d+ ${hex(major)}:${hex(minor)}:${file.ino} 0 0$`,
    'm',
  );
  return exclusive.test(locks);
}

function hex(number: bigint): string {
  return number.toString(16).padStart(2, '0');
}
