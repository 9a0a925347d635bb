import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Position, StoreCorruptedError } from '@everfold/core';

/** Something that is not as it was written. */
export interface VerifyProblem {
  /** What is concerned; `'check'` when the check itself crashed or could not go on, which only a damaged file makes it do. */
  readonly what:
    | 'head'
    | 'block'
    | 'index'
    | 'control'
    | 'snapshot'
    | 'record'
    | 'document'
    | 'check';
  /** The first position that is affected, where it is known. */
  readonly position: Position | undefined;
  readonly detail: string;
}

/** What {@link EmbeddedEventStore.verify} found. */
export interface VerifyReport {
  /** Whether nothing was found. */
  readonly ok: boolean;
  /** At most 1,000, in the order of the log. */
  readonly problems: readonly VerifyProblem[];
  /** Blocks of the log that were read. */
  readonly blocks: number;
  /** Events that were read. */
  readonly events: number;
  /** Entries of the written index that were compared with them. */
  readonly indexEntries: number;
  /** Documents of read models that were read. */
  readonly documents: number;
}

/** The most problems in a report: the first ones tell where to look. */
export const MAX_PROBLEMS = 1_000;

/**
 * Refuses a folder whose data file is shorter than it was and lacks a page that is needed: LMDB ends the process that reads one.
 *
 * @throws {@link StoreCorruptedError} when a page is missing, or anything else is wrong.
 * @throws The reason of the signal.
 */
export async function assertWhole(folder: string, signal: AbortSignal | undefined): Promise<void> {
  const { problems } = await verifyFolder(folder, signal);
  const [problem] = problems;
  if (problem === undefined) return;
  throw new StoreCorruptedError(
    problem.position,
    `the data file in '${folder}' is shorter than it was, and ${problem.detail}`,
  );
}

/**
 * Checks a folder in a child process, which a damaged file may crash.
 *
 * @throws The reason of the signal; the check is ended.
 */
export async function verifyFolder(
  folder: string,
  signal?: AbortSignal | undefined,
): Promise<VerifyReport> {
  signal?.throwIfAborted();
  const script = fileURLToPath(new URL('./child.js', import.meta.url));
  const child = fork(script, [folder], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let report: VerifyReport | undefined;
  let errors = '';
  child.on('message', (message) => {
    report = message as VerifyReport;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = `${errors}${text}`.slice(-2_000);
  });
  const abort = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  const end = await new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, ending) => resolve(ending ?? `exit code ${code}`));
  }).finally(() => signal?.removeEventListener('abort', abort));
  signal?.throwIfAborted();
  return report ?? crashed(end, errors);
}

function crashed(end: string, errors: string): VerifyReport {
  const said = errors.trim() === '' ? '' : `: ${errors.trim()}`;
  return incomplete(`the check ended by ${end}, as a damaged file makes it do${said}`);
}

/** The report of a check that could not go on. */
export function incomplete(detail: string): VerifyReport {
  return {
    ok: false,
    problems: [{ what: 'check', position: undefined, detail }],
    blocks: 0,
    events: 0,
    indexEntries: 0,
    documents: 0,
  };
}
