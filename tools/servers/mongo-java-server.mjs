// mongo-java-server, a MongoDB in memory for machines that have Java and no mongod. Maven fetches it once, javac compiles what
// is its own in mongo-java-server/, and both are kept under node_modules/.cache for all later runs.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { output, startServer } from './child.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const sources = join(here, 'mongo-java-server');
const cache = join(dirname(dirname(here)), 'node_modules/.cache/everfold-mongo-java-server');

const FETCH_MS = 300_000;

/** What of the server is changed before it is compiled anew: one place in each of three classes. */
const CHANGES = [
  {
    // MongoDB orders strings by code point, and pages by `_id` rest on that.
    path: 'de/bwaldvogel/mongo/backend/ValueComparator.java',
    from: 'value1.toString().compareTo(value2.toString())',
    to: 'everfold.CodePointOrder.compare(value1.toString(), value2.toString())',
  },
  {
    // MongoDB finds `{ _id, …guards }` by the index of `_id`; this server would look at every document.
    path: 'de/bwaldvogel/mongo/backend/AbstractUniqueIndex.java',
    from: '!query.keySet().equals(keySet())',
    to: '!query.keySet().equals(keySet()) && !(keySet().equals(Set.of("_id")) && query.containsKey("_id"))',
  },
  {
    // Documents are changed in place, also while they are sent to somebody: MongoDB never hands out half a change.
    path: 'de/bwaldvogel/mongo/backend/AbstractSynchronizedMongoCollection.java',
    from: 'return super.handleQuery(queryParameters);',
    to:
      'QueryResult found = super.handleQuery(queryParameters);\n' +
      'return new QueryResult(found.collectDocuments().stream().map(document -> document.cloneDeeply())' +
      '.collect(java.util.stream.Collectors.toList()), found.getCursorId());',
  },
];

/**
 * Starts a server of its own on a free port of the loopback.
 * @returns {Promise<{ port: number, stop: () => Promise<void> } | undefined>} undefined where Java 17 or Maven is missing.
 */
export async function startMongoJavaServer() {
  if (!(await hasJava())) return undefined;
  const built = await build();
  if (built === undefined) return undefined;
  const classpath = [join(built, 'classes'), join(built, 'lib', '*')].join(process.platform === 'win32' ? ';' : ':');
  const { match, stop } = await startServer(
    java('java'),
    // A small heap and no second compiler: what counts is that it is there soon.
    ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classpath, 'everfold.Main', '--port', '0'],
    /^listening on 127\.0\.0\.1:(\d+)$/m,
  );
  return { port: Number(match[1]), stop };
}

/** @param {string} tool */
function java(tool) {
  const home = process.env.JAVA_HOME;
  return home === undefined || home === '' ? tool : join(home, 'bin', tool);
}

async function hasJava() {
  const said = await output(java('java'), ['-version']).catch(() => '');
  return Number(/version "(\d+)/.exec(said)?.[1] ?? 0) >= 17;
}

/** @returns {Promise<string | undefined>} The folder that holds the classes, made by the first who asks. */
async function build() {
  const folder = join(cache, await hashOfSources());
  if (existsSync(folder)) return folder;
  const found = await Promise.all([output('mvn', ['-v']), output(java('javac'), ['-version'])]).catch(() => undefined);
  if (found === undefined) return undefined;
  await mkdir(cache, { recursive: true });
  const release = await lock(`${folder}.lock`, () => existsSync(folder));
  try {
    if (!existsSync(folder)) await buildInto(folder);
  } finally {
    await release();
  }
  return folder;
}

async function hashOfSources() {
  const hash = createHash('sha256').update(JSON.stringify(CHANGES));
  const names = await readdir(sources, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  for (const file of files.sort()) hash.update(file.slice(sources.length)).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

/** Half of it is never seen under its name: it is renamed when it is whole. */
async function buildInto(folder) {
  const draft = `${folder}.${randomUUID()}`;
  const lib = join(draft, 'lib');
  const changed = join(draft, 'src');
  try {
    await output(
      'mvn',
      ['-q', '-B', '-f', join(sources, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${lib}`],
      { timeoutMs: FETCH_MS },
    );
    await change(lib, changed);
    const own = join(sources, 'src', 'everfold');
    const files = [
      ...(await readdir(own)).map((name) => join(own, name)),
      ...CHANGES.map(({ path }) => join(changed, path)),
    ];
    await output(
      java('javac'),
      ['-nowarn', '-encoding', 'UTF-8', '-d', join(draft, 'classes'), '-cp', join(lib, '*'), ...files],
    );
    await rename(draft, folder);
  } catch (error) {
    // Who lost his lock may have been overtaken.
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Takes the classes to be changed out of the sources that were fetched, and changes them. */
async function change(lib, changed) {
  const name = (await readdir(lib)).find((jar) => jar.endsWith('-sources.jar'));
  if (name === undefined) throw new Error('Maven brought no sources of mongo-java-server.');
  await mkdir(changed, { recursive: true });
  await output(java('jar'), ['--extract', '--file', join(lib, name)], { cwd: changed });
  for (const { path, from, to } of CHANGES) {
    const file = join(changed, path);
    const parts = (await readFile(file, 'utf8')).split(from);
    if (parts.length !== 2) throw new Error(`${path} of mongo-java-server does not hold \`${from}\` exactly once.`);
    await writeFile(file, parts.join(to));
  }
}

/**
 * Waits for a file that one process at a time may hold, or until there is nothing left to do. What is done under it is renamed
 * into place, so that two holders, after one was taken for dead, cost time and nothing else.
 * @param {string} file @param {() => boolean} done
 * @returns {Promise<() => Promise<void>>}
 */
async function lock(file, done) {
  while (!done()) {
    const handle = await open(file, 'wx').catch((error) => {
      if (error.code !== 'EEXIST') throw error;
    });
    if (handle !== undefined) {
      await handle.writeFile(String(process.pid));
      await handle.close();
      return () => rm(file, { force: true });
    }
    if (await abandoned(file)) await rm(file, { force: true });
    else await delay(50);
  }
  return async () => undefined;
}

async function abandoned(file) {
  try {
    const { mtimeMs } = await stat(file);
    const pid = Number(await readFile(file, 'utf8'));
    if (Date.now() - mtimeMs > 2 * FETCH_MS) return true;
    if (pid > 0) process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
