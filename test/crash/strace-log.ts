import { readFile } from 'node:fs/promises';

/** A system call in the log of strace. Begin and end are lines of the log: the order in which the tracer saw them. */
export interface SystemCall {
  readonly thread: number;
  readonly name: string;
  /** Arguments as strace prints them. */
  readonly text: string;
  readonly begin: number;
  readonly end: number;
  readonly result: number;
}

const UNFINISHED = ' <unfinished ...>';

/** Reads what `strace -f -y` wrote to a file. */
export async function readStrace(file: string): Promise<readonly SystemCall[]> {
  const calls: MutableCall[] = [];
  const open = new Map<string, MutableCall>();
  const lines = (await readFile(file, 'latin1')).split('\n');
  for (const [at, line] of lines.entries()) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const [, resumed] = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest) ?? [];
    const [, name, text = ''] = /^(\w+)\((.*)$/.exec(rest) ?? [];
    if (resumed !== undefined) finish(open.get(thread), at, resumed);
    if (name === undefined) continue;
    const call = { thread: Number(thread), name, text: '', begin: at, end: Infinity, result: -1 };
    calls.push(call);
    open.set(thread, call);
    if (text.endsWith(UNFINISHED)) call.text = text.slice(0, -UNFINISHED.length);
    else finish(call, at, text);
  }
  return calls;
}

type MutableCall = { -readonly [Key in keyof SystemCall]: SystemCall[Key] };

function finish(call: MutableCall | undefined, at: number, text: string): void {
  if (call === undefined) return;
  call.end = at;
  call.text += text;
  call.result = Number(/= (-?\d+)[^=]*$/.exec(text)?.[1] ?? -1);
}

/** The calls that make an append durable, and those that tell of it. */
export interface DurabilityTrace {
  /** Writes of pages to the data file. */
  readonly writes: readonly SystemCall[];
  /** Completed syncs of the data file. */
  readonly syncs: readonly SystemCall[];
  /** Writes of the page that makes a commit visible. */
  readonly metaWrites: readonly SystemCall[];
  /** Whether a write went through a descriptor that syncs, one opened with O_DSYNC. */
  readonly isSynced: (call: SystemCall) => boolean;
  /** Writes to the standard output. */
  readonly told: readonly SystemCall[];
  /** The process that a thread belongs to. */
  readonly processOf: (thread: number) => number;
}

/** The first two pages of the file hold the roots of the last two commits; each is written in part. */
const META_PAGES_BYTES = 8_192;

/** Picks them from a log. */
export function durabilityTrace(calls: readonly SystemCall[]): DurabilityTrace {
  const processOf = threadsOf(calls);
  const syncing = new Set(
    calls
      .filter(({ name, text }) => name === 'openat' && /data\.mdb", [A-Z_|]*O_DSYNC/.test(text))
      .map(({ thread, result }) => `${processOf(thread)} ${result}`),
  );
  const onData = calls.filter(({ text }) => /^\d+<[^>]*data\.mdb>/.test(text));
  const isSynced = ({ thread, text }: SystemCall): boolean =>
    syncing.has(`${processOf(thread)} ${/^\d+/.exec(text)?.[0]}`);
  const writes = onData.filter(({ name }) => /^p?writev?(64|2)?$/.test(name));
  return {
    writes: writes.filter((call) => !isMeta(call)),
    metaWrites: writes.filter(isMeta),
    isSynced,
    syncs: onData.filter(({ name, result }) => /^f(data)?sync$/.test(name) && result === 0),
    processOf,
    told: calls.filter(({ name, text }) => name === 'write' && text.startsWith('1<')),
  };
}

function isMeta({ name, text }: SystemCall): boolean {
  const [, length, offset] = /, (\d+), (\d+)\) += /.exec(text) ?? [];
  const end = Number(offset) + Number(length);
  return name === 'pwrite64' && end < META_PAGES_BYTES;
}

function threadsOf(calls: readonly SystemCall[]): (thread: number) => number {
  const parents = new Map<number, number>();
  for (const { thread, name, text, result } of calls)
    if (/^clone3?$/.test(name) && text.includes('CLONE_THREAD')) parents.set(result, thread);
  const processOf = (thread: number): number => {
    const parent = parents.get(thread);
    return parent === undefined ? thread : processOf(parent);
  };
  return processOf;
}
