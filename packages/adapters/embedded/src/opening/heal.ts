import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const healing = new Map<string, Promise<void>>();

/**
 * Opens a folder and closes it again in a child process: a process that has the folder open cannot open it anew, and one that
 * died while it opened has left that to others. Says nothing of success: look again.
 */
export function healInChild(folder: string): Promise<void> {
  const running = healing.get(folder);
  if (running !== undefined) return running;
  const healed = heal(folder).finally(() => healing.delete(folder));
  healing.set(folder, healed);
  return healed;
}

async function heal(folder: string): Promise<void> {
  const script = fileURLToPath(new URL('./child.js', import.meta.url));
  const child = fork(script, [folder], { execArgv: [], stdio: 'ignore' });
  await once(child, 'exit');
}
