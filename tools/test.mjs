// Runs every suite that needs no server and adds up what they left behind. The last line is the total.
//   npm test [-- --require=strace,prlimit,mongodb]   skips for want of these tools count as failures
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({ options: { require: { type: 'string', default: '' } } });
const required = values.require.split(',').filter((tool) => tool !== '');

const suites = workspaces().filter(({ scripts }) => scripts?.test !== undefined);
for (const { folder } of suites) rmSync(resultsOf(folder), { force: true });

const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js');
// nx forces colours on its children, also into files and pipes.
const colours = process.stdout.isTTY ? {} : { FORCE_COLOR: process.env.FORCE_COLOR ?? '0' };
const run = spawnSync(
  process.execPath,
  [nx, 'run-many', '-t', 'test', '--outputStyle=stream-without-prefixes'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...colours, NX_DAEMON: 'false', NX_TUI: 'false' },
  },
);

const total = { passed: 0, failed: 0, skipped: 0 };
for (const { name, folder } of suites) addUp(name, resultsOf(folder));
if (run.status !== 0 && total.failed === 0) fail('the test run itself', `ended with ${run.status ?? run.signal}`);
if (total.passed + total.failed === 0) fail('the test run itself', 'no test ran');

const skipped = total.skipped === 0 ? '' : `, ${total.skipped} skipped`;
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed === 0 ? 0 : 1);

function addUp(name, file) {
  if (!existsSync(file)) return fail(name, 'left no results: it did not build, or it did not start');
  const results = JSON.parse(readFileSync(file, 'utf8'));
  total.passed += results.numPassedTests;
  total.failed += results.numFailedTests;
  if (results.numTotalTestSuites === 0) fail(name, 'has a test script, but no spec');
  for (const suite of results.testResults) addUpSuite(name, suite);
  if (!results.success && results.numFailedTests + results.numRuntimeErrorTestSuites === 0)
    fail(name, 'failed beside its tests: see its output');
}

function addUpSuite(name, suite) {
  const where = `${name} ${relative(root, suite.name)}`;
  if (suite.status === 'failed' && suite.assertionResults.every(({ status }) => status !== 'failed'))
    fail(where, 'did not load');
  for (const { status, fullName } of suite.assertionResults)
    if (status === 'pending' || status === 'todo') skip(where, fullName);
}

/** A skipped test says in its name what it wants: `… (needs strace)`. */
function skip(where, title) {
  const wanted = [...title.matchAll(/\(needs ([^)]*)\)/g)].flatMap(([, tools]) => tools.split(/\W+/));
  const missing = required.filter((tool) => wanted.includes(tool));
  if (missing.length > 0) return fail(`${where}: ${title}`, `skipped for want of ${missing.join(', ')}`);
  total.skipped += 1;
  console.log(`skipped: ${where}: ${title}`);
}

function fail(what, why) {
  total.failed += 1;
  console.log(`failed: ${what}: ${why}`);
}

function resultsOf(folder) {
  return join(root, folder, '.test-results.json');
}

function workspaces() {
  const { workspaces: patterns } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return patterns
    .flatMap((pattern) =>
      pattern.endsWith('/*')
        ? readdirSync(join(root, dirname(pattern))).map((name) => join(dirname(pattern), name))
        : [pattern],
    )
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => ({ folder, ...JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) }));
}
