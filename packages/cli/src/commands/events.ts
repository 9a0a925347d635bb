import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { EventStore, Position, RecordedEvent } from '@everfold/core';
import { CATEGORY, type FilterOptions, filterOf, TYPE } from '../arguments.js';
import { command } from '../attach.js';
import type { CommandContext, CommandGroup } from '../command.js';
import { EXIT } from '../exit-code.js';
import { grouped } from '../output/printable.js';
import type { ProgressDisplay } from '../output/progress.js';
import { eventLine } from '../transfer/event-line.js';
import { ExportFile } from '../transfer/export-file.js';
import { type Imported, importEvents } from '../transfer/import-events.js';
import {
  incompleteStreams,
  type NumberedLine,
  outOfOrder,
  planImport,
  readLines,
  stands,
} from '../transfer/import-plan.js';
import { ShareOfLog } from '../transfer/share-of-log.js';
import { StreamOrder } from '../transfer/stream-order.js';

interface ExportOptions extends FilterOptions {
  readonly after?: Position | undefined;
}

const exportCommand = command<ExportOptions>({
  name: 'export',
  summary: 'write the log as NDJSON, one event a line',
  details:
    'To a file it goes on behind the last whole line that the file holds: a second run completes what was cut off, or adds\n' +
    'what was appended since. Events that retention or a delete hides are not exported; retention itself is not either.',
  arguments: [['[file]', 'where to; default: standard output']],
  options: [
    CATEGORY,
    TYPE,
    { flags: '--after <position>', description: 'only what was appended behind a position' },
  ],
  examples: [
    ['events export log.ndjson', 'writes the log, or goes on'],
    ['events export --category account | gzip > accounts.gz', 'accounts alone, packed'],
  ],
  async run(context, [file], options) {
    const { eventStore } = await context.session();
    const display = context.output.progress();
    try {
      if (file === undefined) await exportTo(context, eventStore, options, display);
      else await exportToFile(context, eventStore, { ...options, file }, display);
    } finally {
      display.close();
    }
    return EXIT.ok;
  },
});

const importCommand = command<{ readonly skipIncomplete?: true }>({
  name: 'import',
  summary: 'append events that were exported; what stands there already is left as it is',
  details:
    'Ids, streams, revisions and order are kept; the original time stands in metadata.originalRecordedAt, because a store\n' +
    'tells its own. A file is checked whole before anything is written. Interrupted or killed, the same command goes on.',
  arguments: [['[file]', 'where from; default: standard input']],
  options: [
    {
      flags: '--skip-incomplete',
      description: 'leave out streams of which revisions are missing; with a file only',
    },
  ],
  examples: [
    ['events import log.ndjson', 'into the store of the configuration'],
    ['gunzip -c accounts.gz | everfold events import', 'from standard input'],
  ],
  async run(context, [file], { skipIncomplete }) {
    const { eventStore } = await context.session();
    const display = context.output.progress();
    try {
      const imported =
        file === undefined
          ? await importStandardInput(context, eventStore, display)
          : await importFile(context, eventStore, { file, skipIncomplete }, display);
      display.close();
      await context.output.result(imported, () => done(imported));
    } finally {
      display.close();
    }
    return EXIT.ok;
  },
});

/** Commands that move events between stores. */
export const events: CommandGroup = {
  name: 'events',
  summary: 'export the log, and import it elsewhere',
  commands: [exportCommand, importCommand],
};

async function exportToFile(
  context: CommandContext,
  store: EventStore,
  { file, ...options }: ExportOptions & { readonly file: string },
  display: ProgressDisplay,
): Promise<void> {
  const name = resolve(context.environment.folder, file);
  await using target = await ExportFile.open(name);
  const after = (await target.placeIn(store)) ?? options.after;
  const events = await copied(context, store, { ...options, after }, display, (batch) =>
    target.write(batch),
  );
  display.close();
  const begun = target.last === undefined ? '' : ' behind what was there';
  await context.output.result(
    { file: name, events },
    () => `${grouped(events)} events written to ${file}${begun}.`,
  );
}

async function exportTo(
  context: CommandContext,
  store: EventStore,
  options: ExportOptions,
  display: ProgressDisplay,
): Promise<void> {
  const events = await copied(context, store, options, display, async (batch) => {
    for (const event of batch) await context.output.line(JSON.stringify(eventLine(event)));
  });
  display.close();
  context.output.remark(`${grouped(events)} events exported.`);
}

async function copied(
  { signal }: CommandContext,
  store: EventStore,
  options: ExportOptions,
  display: ProgressDisplay,
  write: (batch: readonly RecordedEvent[]) => Promise<void>,
): Promise<number> {
  const { after } = options;
  const share = new ShareOfLog('exporting', after, await store.head());
  let done = 0;
  for await (const batch of store.readAll({ after, filter: filterOf(options), signal }).batches()) {
    signal.throwIfAborted();
    await write(batch);
    done += batch.length;
    const last = batch.at(-1);
    if (last !== undefined) display.update(share.step(done, last.position));
  }
  return done;
}

async function importFile(
  context: CommandContext,
  store: EventStore,
  { file, skipIncomplete }: { readonly file: string; readonly skipIncomplete?: true | undefined },
  display: ProgressDisplay,
): Promise<Imported> {
  const { signal, output, environment } = context;
  const name = resolve(environment.folder, file);
  const { lines, incomplete } = await planImport(name, store, {
    signal,
    onProgress: (step) => display.update(step),
  });
  if (incomplete.size > 0 && skipIncomplete !== true) throw incompleteStreams([...incomplete]);
  if (incomplete.size > 0) output.remark(`Leaving out ${grouped(incomplete.size)} streams.`);
  const all = readLines(name, createReadStream(name, { signal }));
  const wanted = incomplete.size === 0 ? all : without(incomplete, all);
  return importing(context, store, wanted, (it) =>
    display.update({ phase: 'importing', done: it.written + it.present, total: lines }),
  );
}

async function importStandardInput(
  context: CommandContext,
  store: EventStore,
  display: ProgressDisplay,
): Promise<Imported> {
  const lines = readLines('standard input', context.environment.stdin);
  return importing(context, store, ordered(store, lines), (it) =>
    display.update({ phase: 'importing', done: it.written + it.present }),
  );
}

async function importing(
  { signal, output }: CommandContext,
  store: EventStore,
  lines: AsyncIterable<NumberedLine>,
  told: (imported: Imported) => void,
): Promise<Imported> {
  let soFar: Imported = { written: 0, present: 0 };
  try {
    return await importEvents(store, lines, signal, (it) => {
      soFar = it;
      told(it);
    });
  } catch (error) {
    output.remark(`${done(soFar)} The same command goes on from here.`);
    throw error;
  }
}

async function* without(
  streams: ReadonlySet<string>,
  lines: AsyncIterable<NumberedLine>,
): AsyncGenerator<NumberedLine> {
  for await (const line of lines) if (!streams.has(line.event.stream)) yield line;
}

/** What cannot be looked at beforehand is looked at line by line. */
async function* ordered(
  store: EventStore,
  lines: AsyncIterable<NumberedLine>,
): AsyncGenerator<NumberedLine> {
  const order = new StreamOrder();
  for await (const line of lines) {
    const { number, event } = line;
    const found = order.next(event);
    if (found === 'repeated') throw outOfOrder('standard input', number, event);
    if (found === 'incomplete' || (found === 'begins' && !(await stands(store, event))))
      throw incompleteStreams([event.stream]);
    yield line;
  }
}

function done({ written, present }: Imported): string {
  const stood = present === 0 ? '' : `; ${grouped(present)} stood there already`;
  return `${grouped(written)} events imported${stood}.`;
}
