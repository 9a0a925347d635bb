import type { EventStore, ParkedEvent, RecordedEvent } from '@everfold/core';
import { command } from '../attach.js';
import type { CommandGroup } from '../command.js';
import { EXIT } from '../exit-code.js';
import { grouped, printableJson } from '../output/printable.js';
import { facts, table } from '../output/table.js';
import { eventLine } from '../transfer/event-line.js';
import { consumersNamed, required } from './named.js';

const NAME = ['<name>', 'of the projection or the reactor'] as const;

const list = command({
  name: 'list',
  summary: 'list events that are parked behind a failing one',
  arguments: [['[name]', 'of the projection or the reactor; default: all']],
  examples: [['parked list', 'one line an event, by document']],
  async run({ output, session }, [name]) {
    const administration = await (await session()).administration();
    if (name !== undefined) await consumersNamed(administration, name);
    const found = await administration.parked(name);
    await output.result(found, () => (found.length === 0 ? 'Nothing is parked.' : tableOf(found)));
    return EXIT.ok;
  },
});

const show = command({
  name: 'show',
  summary: 'show parked events with their data, and why the first one fails',
  arguments: [NAME, ['[document]', 'its id; default: all']],
  examples: [['parked show account-summaries a-17', 'what is parked for document a-17']],
  async run({ output, session, signal }, [argument, document]) {
    const name = required(argument);
    const opened = await session();
    const administration = await opened.administration();
    await consumersNamed(administration, name);
    const found = (await administration.parked(name)).filter(
      ({ documentId }) => document === undefined || documentId === document,
    );
    const events = await Promise.all(
      found.map((parked) => eventOf(opened.eventStore, parked, signal)),
    );
    const all = found.map((parked, index) => ({ parked, event: events[index] }));
    await output.result(
      all.map(({ parked, event }) => ({ ...parked, event: event && eventLine(event) })),
      () =>
        all.length === 0
          ? 'Nothing is parked.'
          : all.map(({ parked, event }) => detailsOf(parked, event)).join('\n\n'),
    );
    return EXIT.ok;
  },
});

const retry = command({
  name: 'retry',
  summary: 'ask the owner to handle parked events again',
  details:
    'The process that runs the consumer does it; a mended fold must be deployed there first.',
  arguments: [NAME, ['[document]', 'its id; default: all']],
  examples: [['parked retry account-summaries', 'tries all parked documents again']],
  async run({ output, session }, [argument, document]) {
    const name = required(argument);
    const administration = await (await session()).administration();
    await consumersNamed(administration, name);
    const documents = await administration.retryParked(name, document);
    await output.result({ name, documents }, () => asked('retry', documents));
    return EXIT.ok;
  },
});

const drop = command({
  name: 'drop',
  summary: 'ask the owner to drop the failing event of a document, and to handle those behind it',
  details: 'The document will never have what the dropped event says. The log keeps the event.',
  arguments: [NAME, ['<document>', 'its id']],
  examples: [['parked drop account-summaries a-17', 'passes over the failing event of a-17']],
  async run({ output, session }, [argument, document]) {
    const name = required(argument);
    const administration = await (await session()).administration();
    await consumersNamed(administration, name);
    const documents = await administration.dropParked(name, required(document));
    await output.result({ name, documents }, () => asked('drop', documents));
    return EXIT.ok;
  },
});

/** Commands that operate on parked events. */
export const parked: CommandGroup = {
  name: 'parked',
  summary: 'list, show, retry and drop events that are parked behind a failing one',
  commands: [list, show, retry, drop],
};

function asked(what: string, documents: number): string {
  if (documents === 0) return 'Nothing is parked there: nobody was asked for anything.';
  const many = documents === 1 ? '1 document' : `${grouped(documents)} documents`;
  return `Asked the owner to ${what}: ${many}. It acts within a moment; parked list shows what is left.`;
}

function tableOf(found: readonly ParkedEvent[]): string {
  return table(
    ['CONSUMER', 'DOCUMENT', 'EVENT', 'STREAM', 'REVISION', 'PARKED AT', 'ERROR'],
    found.map((it) => [
      it.consumer,
      it.documentId,
      it.eventType,
      it.stream,
      it.revision,
      it.parkedAt,
      firstLineOf(it.error),
    ]),
  );
}

function firstLineOf(error: string | undefined): string {
  return error?.split('\n', 1)[0] ?? '(waits behind it)';
}

function detailsOf(it: ParkedEvent, event: RecordedEvent | undefined): string {
  return facts([
    ['consumer', it.consumer],
    ['document', it.documentId],
    ['event', `${it.eventType} ${it.eventId}`],
    ['stream', `${it.stream} at revision ${it.revision}`],
    ['position', it.position],
    ['parked at', it.parkedAt],
    ['error', it.error ?? 'none of its own: it waits behind the first one'],
    ...(it.attempts === undefined ? [] : [['attempts', it.attempts] as const]),
    ['data', event === undefined ? 'not in the log any more' : printableJson(eventLine(event))],
  ]);
}

async function eventOf(
  store: EventStore,
  { stream, revision, eventId }: ParkedEvent,
  signal: AbortSignal,
): Promise<RecordedEvent | undefined> {
  for await (const event of store.read(stream, { from: revision, limit: 1, signal }))
    if (event.id === eventId) return event;
  return undefined;
}
