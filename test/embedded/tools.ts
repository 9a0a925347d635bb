import { spawnSync } from 'node:child_process';
import { print } from './patience.js';

/** `it`, or where a tool is missing, a test that is skipped and says in its name and in one line what it wants. */
export function itWith(
  tool: string,
): (name: string, test: () => Promise<void>, ms?: number) => void {
  const found = spawnSync(tool, ['--version'], { stdio: 'ignore' }).error === undefined;
  if (found) return (name, test, ms) => it(name, test, ms);
  return (name, test, ms) => {
    print(`skipped: ${name} (needs ${tool})`);
    it.skip(`${name} (needs ${tool})`, test, ms);
  };
}
