import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Position } from '@everfold/core';

/** Something that is not as it was written. */
export interface VerifyProblem {
  /** What is concerned; `'check'` when the check itself crashed or could not go on, which only a damaged file makes it do. */
  readonly what: 'head' | 'block' | 'index' | 'control' | 'check';
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
}

/** The most problems in a report: the first ones tell where to look. */
export const MAX_PROBLEMS = 1_000;

/** Checks a folder in a child process, which a damaged file may crash. */
export async function verifyFolder(folder: string): Promise<VerifyReport> {
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
  const end = await new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  return report ?? crashed(end, errors);
}

function crashed(end: string, errors: string): VerifyReport {
  const said = errors.trim() === '' ? '' : `: ${errors.trim()}`;
  const detail = `the check ended by ${end}, as a damaged file makes it do${said}`;
  return {
    ok: false,
    problems: [{ what: 'check', position: undefined, detail }],
    blocks: 0,
    events: 0,
    indexEntries: 0,
  };
}
