import {
  type Position,
  type RecordedEvent,
  resumingSubscription,
  type SubscriptionBatch,
} from '@everfold/core';
import {
  CATEGORY,
  type FilterOptions,
  filterOf,
  parseCount,
  parsePositive,
  TYPE,
} from '../arguments.js';
import { command } from '../attach.js';
import type { CommandContext, CommandGroup, OptionDefinition } from '../command.js';
import { EXIT } from '../exit-code.js';
import type { Output } from '../output/output.js';
import { grouped, printable, printableJson } from '../output/printable.js';
import { table } from '../output/table.js';
import { eventLine } from '../transfer/event-line.js';
import { ShareOfLog } from '../transfer/share-of-log.js';
import { required } from './named.js';

const LIMIT: OptionDefinition = {
  flags: '--limit <n>',
  description: 'how many at the most',
  parse: parsePositive,
};

interface Listed {
  readonly stream: string;
  readonly events: number;
  readonly first: number;
  readonly last: number;
  readonly lastRecordedAt: Date;
}

const list = command<{ readonly category?: readonly string[]; readonly limit?: number }>({
  name: 'list',
  summary: 'list streams with their number of events, in the order in which they began',
  details: 'Reads the whole log. Deleted streams and hidden events are not there.',
  options: [CATEGORY, LIMIT],
  examples: [['streams list --category account --limit 20', 'the first 20 accounts']],
  async run(context, _, { category, limit = Number.POSITIVE_INFINITY }) {
    const found = await streamsOf(context, { category });
    const shown = found.slice(0, limit);
    const { output } = context;
    if (output.options.json) for (const it of shown) await output.line(JSON.stringify({ ...it }));
    else await output.line(listed(shown));
    const events = found.reduce((sum, it) => sum + it.events, 0);
    output.remark(`${grouped(found.length)} streams, ${grouped(events)} events`);
    return EXIT.ok;
  },
});

interface ReadOptions {
  readonly from?: number;
  readonly limit?: number;
  readonly backwards?: true;
}

const read = command<ReadOptions>({
  name: 'read',
  summary: 'print the events of a stream',
  arguments: [['<stream>', 'its whole name: category-id']],
  options: [
    { flags: '--from <revision>', description: 'the first to print, inclusive', parse: parseCount },
    LIMIT,
    { flags: '--backwards', description: 'the last first' },
  ],
  examples: [['streams read account-17 --backwards --limit 5', 'its last five events']],
  async run({ output, session, signal }, [argument], { from, limit, backwards }) {
    const stream = required(argument);
    const { eventStore } = await session();
    const direction = backwards === true ? 'backwards' : 'forwards';
    let events = 0;
    for await (const event of eventStore.read(stream, { from, limit, direction, signal })) {
      await output.line(formOf(event, output));
      events += 1;
    }
    if (events === 0) output.remark(`'${stream}' has no events there.`);
    return EXIT.ok;
  },
});

interface TailOptions extends FilterOptions {
  readonly after?: Position;
  readonly fromStart?: true;
  readonly limit?: number;
}

const tail = command<TailOptions>({
  name: 'tail',
  summary: 'print events as they are appended, until Ctrl-C',
  options: [
    CATEGORY,
    TYPE,
    { flags: '--from-start', description: 'what is there first' },
    { flags: '--after <position>', description: 'what was appended behind a position first' },
    { flags: '--limit <n>', description: 'end after so many events', parse: parsePositive },
  ],
  examples: [
    ['streams tail --category account', 'everything that happens to accounts from now on'],
  ],
  async run({ output, session, signal }, _, options) {
    const { eventStore } = await session();
    const after = options.after ?? (options.fromStart === true ? undefined : 'end');
    const report = (error: unknown, attempt: number): void =>
      output.remark(`Trying again (${attempt}): ${String(error)}`);
    const filter = filterOf(options);
    const followed = resumingSubscription(eventStore, { after, filter, signal, report });
    for await (const event of taken(followed, options.limit))
      await output.line(formOf(event, output));
    return EXIT.ok;
  },
});

/** Commands that read streams. */
export const streams: CommandGroup = {
  name: 'streams',
  summary: 'list, read and follow streams of events',
  commands: [list, read, tail],
};

async function* taken(
  followed: AsyncIterable<SubscriptionBatch>,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<RecordedEvent> {
  let left = limit;
  for await (const { events } of followed)
    for (const event of events) {
      yield event;
      left -= 1;
      if (left === 0) return;
    }
}

function formOf(event: RecordedEvent, { options }: Output): string {
  return options.json ? JSON.stringify(eventLine(event)) : shownEvent(event);
}

function shownEvent(event: RecordedEvent): string {
  const { stream, revision, type, version, recordedAt } = event;
  const { data, dataBase64 } = eventLine(event);
  const content = dataBase64 === undefined ? printableJson(data) : `base64 ${dataBase64}`;
  const versioned = version === 1 ? type : `${type} v${version}`;
  return `${recordedAt.toISOString()}  ${printable(stream)}@${revision}  ${printable(versioned)}  ${content}`;
}

async function streamsOf(
  { output, session, signal }: CommandContext,
  options: FilterOptions,
): Promise<readonly Listed[]> {
  const { eventStore } = await session();
  const display = output.progress();
  const share = new ShareOfLog('reading', undefined, await eventStore.head());
  const found = new Map<string, Listed>();
  let done = 0;
  try {
    for await (const batch of eventStore.readAll({ filter: filterOf(options), signal }).batches()) {
      signal.throwIfAborted();
      for (const event of batch) count(found, event);
      done += batch.length;
      const last = batch.at(-1);
      if (last !== undefined) display.update(share.step(done, last.position));
    }
  } finally {
    display.close();
  }
  return [...found.values()];
}

function count(found: Map<string, Listed>, { stream, revision, recordedAt }: RecordedEvent): void {
  const before = found.get(stream);
  found.set(stream, {
    stream,
    events: (before?.events ?? 0) + 1,
    first: before?.first ?? revision,
    last: revision,
    lastRecordedAt: recordedAt,
  });
}

function listed(streams: readonly Listed[]): string {
  if (streams.length === 0) return 'No streams.';
  return table(
    ['STREAM', 'EVENTS', 'FIRST', 'LAST', 'LAST RECORDED'],
    streams.map((it) => [it.stream, it.events, it.first, it.last, it.lastRecordedAt.toISOString()]),
  );
}
