// A server that a test started: it ends when it is told to, and when the process that started it is gone.
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

/** @import { ChildProcess } from 'node:child_process' */

const START_MS = 60_000;
const STOP_MS = 10_000;

/**
 * Starts a command that ends with its standard input, and waits until it writes a line that matches.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RegExp} ready
 * @returns {Promise<{ match: RegExpExecArray, pid: number, stop: () => Promise<void> }>}
 */
export async function startServer(command, args, ready) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.stdin.on('error', () => undefined);
  try {
    const match = await said(child, ready);
    // A test that forgets its server ends all the same, and the server with it.
    for (const handle of [child, child.stdin, child.stdout, child.stderr]) handle.unref();
    return { match, pid: child.pid, stop: () => stop(child, closed) };
  } catch (error) {
    if (child.pid !== undefined) await stop(child, closed);
    throw error;
  }
}

/**
 * @param {ChildProcess} child @param {RegExp} ready
 * @returns {Promise<RegExpExecArray>}
 */
function said(child, ready) {
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`${child.spawnfile} ${why}\n${output.slice(-4000)}`.trim()));
    const late = setTimeout(fail, START_MS, `did not say ${ready} within ${START_MS} ms.`);
    const read = (text) => {
      output = (output + text).slice(-64_000);
      const match = ready.exec(output);
      if (match === null) return;
      clearTimeout(late);
      resolve(match);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', read);
    child.once('error', (error) => fail(`did not start: ${error.message}`));
    child.once('close', (code, signal) => {
      clearTimeout(late);
      fail(`ended with ${code ?? signal} before it was ready.`);
    });
  });
}

/** @param {ChildProcess} child @param {Promise<void>} closed */
async function stop(child, closed) {
  for (const handle of [child, child.stdin, child.stdout, child.stderr]) handle.ref();
  child.stdin.destroy();
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await closed;
  clearTimeout(forced);
}

/**
 * Runs a command to its end and returns what it wrote.
 * @param {string} command @param {readonly string[]} args @param {{ cwd?: string, timeoutMs?: number }} [options]
 */
export async function output(command, args, { cwd, timeoutMs = 30_000 } = {}) {
  const { stdout, stderr } = await promisify(execFile)(command, args, { cwd, timeout: timeoutMs }).catch(
    ({ code, signal, stdout = '', stderr = '' }) => {
      const said = `${stdout}${stderr}`.slice(-4000);
      throw new Error(`${command} ended with ${code ?? signal}:\n${said}`.trim());
    },
  );
  return stdout + stderr;
}
