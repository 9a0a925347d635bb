// Packs every package that is published, looks at the tarballs as publint and attw do, and tests them in consumers outside of
// this repository. One line a check; `npm test` runs the same ones.
//   npm run pack:check [-- --keep]   leaves the temporary folder and says where it is
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { resolve } = createRequire(import.meta.url);
const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const folder = mkdtempSync(join(tmpdir(), 'everfold-pack-check-'));

// Both signals reach the children as well; this process stays until they are gone, and then cleans up.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => current?.kill(signal));
let current;

try {
  process.exitCode = (await build()) || (await check());
} finally {
  if (values.keep) console.log(`The tarballs and the consumers are in ${folder}`);
  else rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** nx tags every workspace that is not private. */
function build() {
  return run(root, [resolve('nx/bin/nx.js'), 'run-many', '-t', 'build', '-p', 'tag:npm:public', '--outputStyle=static']);
}

function check() {
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', resolve('jest/bin/jest')];
  return run(join(root, 'test'), [...jest, '--verbose', 'packaging/']);
}

async function run(cwd, args) {
  current = spawn(process.execPath, args, {
    cwd,
    stdio: 'inherit',
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', PACK_CHECK_FOLDER: folder },
  });
  const [status] = await once(current, 'exit');
  return status ?? 1;
}
