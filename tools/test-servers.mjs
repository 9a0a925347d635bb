// Runs every suite on the servers of docker-compose.yml: starts them, waits until they are healthy, and removes them at the end,
// whatever became of the tests.
//   npm run test:servers [-- command …]   default: npm test, where a missing MongoDB counts as a failure
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MONGODB_URL = 'mongodb://localhost:27117/?replicaSet=everfold';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tests = [process.execPath, join(root, 'tools/test.mjs'), '--require=mongodb'];
const [command, ...args] = process.argv.length > 2 ? process.argv.slice(2) : tests;

// A signal ends what runs at the moment, and the servers after it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

let status = compose('up', '--detach', '--wait', '--wait-timeout', '180');
if (status === 0) status = run(command, args, { ...process.env, MONGODB_URL });
const removed = compose('down', '--volumes');
process.exit(status === 0 ? removed : status);

/** @param {readonly string[]} words */
function compose(...words) {
  return run('docker', ['compose', '--file', join(root, 'docker-compose.yml'), ...words], process.env);
}

function run(program, words, env) {
  const { status: ended, error } = spawnSync(program, words, { cwd: root, stdio: 'inherit', env });
  if (error === undefined) return ended ?? 1;
  console.error(`${program} cannot be run: ${error.message}`);
  return 1;
}
