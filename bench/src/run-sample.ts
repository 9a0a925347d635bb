import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { peersFolder } from './peers/peer-module.js';
import type { Report } from './samples/process.js';
import type { Sample, Sampled } from './samples/sample.js';

const TIMEOUT_MS = 15 * 60_000;
const STDERR_TAIL = 500;

/** Options of {@link runSample}. */
export interface RunOptions {
  /** Where V8 leaves a CPU profile of each sample of ours. Default: none is taken. */
  readonly profileFolder?: string | undefined;
}

/**
 * Takes a sample in a process of its own, so that no contender inherits another's heap, compiled code or open files. It runs in
 * the peers' folder: act wants a complete package.json where it is started.
 *
 * @throws Error with the reason when the sample failed.
 */
export async function runSample(sample: Sample, options: RunOptions = {}): Promise<Sampled> {
  const child = fork(
    fileURLToPath(new URL('./samples/process.js', import.meta.url)),
    [JSON.stringify(sample)],
    {
      cwd: peersFolder,
      execArgv: ['--enable-source-maps', ...profiling(sample, options)],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    },
  );
  const report = await reportOf(child);
  if ('failed' in report) throw new Error(report.failed);
  return report.sampled;
}

async function reportOf(child: ChildProcess): Promise<Report> {
  let report: Report | undefined;
  let stderr = '';
  child.on('message', (message) => {
    report ??= message as Report;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_TAIL);
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  clearTimeout(timer);
  return report ?? { failed: `ended with ${signal ?? code} ${stderr.trim()}` };
}

function profiling(sample: Sample, { profileFolder }: RunOptions): readonly string[] {
  if (profileFolder === undefined || sample.contender !== 'everfold') return [];
  return [
    '--cpu-prof',
    `--cpu-prof-dir=${profileFolder}`,
    `--cpu-prof-name=${sample.kind}-${process.hrtime.bigint()}.cpuprofile`,
  ];
}
