import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runDemo } from '../src/demo/demo.js';
import { startTestBank, type TestBank } from './support/test-bank.js';

const MAIN = join(dirname(fileURLToPath(import.meta.url)), '../dist/demo/main.js');
const NOBODY = 'http://127.0.0.1:9';

describe('The demo', () => {
  let bank: TestBank;
  beforeAll(async () => {
    // Whatever the machine has to do beside it, nothing is to be late.
    bank = await startTestBank({ READ_TIMEOUT_MS: '20000' });
  });
  afterAll(() => bank.stop());

  const started: ChildProcess[] = [];
  const demo = (...args: string[]) => {
    const child = spawn(process.execPath, [MAIN, ...args]);
    started.push(child);
    const written = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    const ended = written.then(([stdout, stderr, [code]]) => ({ stdout, stderr, code }));
    return { child, ended };
  };
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });

  it('has customers do things until its time is over, and sees each change with its token', async () => {
    const lines: string[] = [];

    const seen = await runDemo(
      { url: bank.url, rate: 100, seed: 7, duration: 1.5 },
      new AbortController().signal,
      (line) => lines.push(line),
    );

    expect([...seen.errors]).toEqual([]);
    expect(seen.stale).toBe(0);
    expect(seen.writes).toBeGreaterThan(0);
    expect(seen.withToken.count).toBeGreaterThan(0);
    expect(seen.withoutToken.count).toBe(seen.withToken.count);
    expect(lines[0]).toMatch(/^seed 7, 100 requests\/s at http/);
    expect(lines.at(-1)).toMatch(new RegExp(`\\n${seen.writes} writes and \\d+ reads in`));
    expect(lines.at(-1)).toMatch(/without +p50 [\d.]+ ms, p90/);
  });

  it('ends with a summary and 0 when it is interrupted', async () => {
    const { child, ended } = demo('--url', bank.url, '--rate', '20');
    await once(child.stdout ?? child, 'data');

    child.kill('SIGINT');

    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/ writes and \d+ reads in [\d.]+ s/);
    expect(stdout).toMatch(/\n0 errors\n/);
  });

  it.each<readonly [string, number, RegExp, readonly string[]]>([
    ['says that there is no bank', 1, /No bank is ready.*npm start/, ['--url', NOBODY]],
    ['says what is wrong with the command line', 2, /--rate must be/, ['--rate', 'x']],
    ['explains itself', 0, /^Drives a running bank/, ['--help']],
  ])('%s, and ends with %d', async (_, expected, message, args) => {
    const { code, stdout, stderr } = await demo(...args).ended;

    expect(code).toBe(expected);
    expect(stdout + stderr).toMatch(message);
  });
});
