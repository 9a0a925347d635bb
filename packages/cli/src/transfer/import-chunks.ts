import type { EventStore, Metadata, NewEvent, NonEmpty, StreamAppend } from '@everfold/core';
import { dataOf, type EventLine } from './event-line.js';
import type { NumberedLine } from './import-plan.js';

const MOST_EVENTS = 500;
const MOST_BYTES = 4 * 1_024 * 1_024;

/** Lines that can be appended at once without changing the order of the log. */
export type Chunk = readonly [NumberedLine, ...NumberedLine[]];

/**
 * Groups lines into appends. In an append to several streams the events of each stand next to each other, so that a
 * stream may come once in a chunk.
 */
export async function* chunksOf(
  lines: AsyncIterable<NumberedLine>,
  { multiStreamAppend, maxAppendBytes }: EventStore['capabilities'],
): AsyncGenerator<Chunk> {
  const most = Math.min(MOST_BYTES, maxAppendBytes / 4);
  let chunk: NumberedLine[] = [];
  let bytes = 0;
  const seen = new Set<string>();
  for await (const line of lines) {
    const { stream } = line.event;
    const adjacent = chunk.at(-1)?.event.stream === stream;
    const fits = chunk.length < MOST_EVENTS && bytes + line.bytes <= most;
    if (isFilled(chunk) && !(fits && (adjacent || (multiStreamAppend && !seen.has(stream))))) {
      yield chunk;
      chunk = [];
      bytes = 0;
      seen.clear();
    }
    chunk.push(line);
    seen.add(stream);
    bytes += line.bytes;
  }
  if (isFilled(chunk)) yield chunk;
}

function isFilled(chunk: NumberedLine[]): chunk is [NumberedLine, ...NumberedLine[]] {
  return chunk.length > 0;
}

/** What a chunk appends, each stream at the exact revision at which it stood. */
export function appendsOf(chunk: Chunk): NonEmpty<StreamAppend> {
  const [first, ...rest] = chunk;
  const appends: [Growing, ...Growing[]] = [begun(first.event)];
  for (const { event } of rest) {
    const last = appends.at(-1);
    if (last?.stream === event.stream) last.events.push(newEventOf(event));
    else appends.push(begun(event));
  }
  return appends;
}

/** What an import adds; that of an earlier import stays. */
interface Imported extends Metadata {
  readonly originalRecordedAt: string;
}

interface Growing extends StreamAppend {
  readonly events: [NewEvent, ...NewEvent[]];
}

function begun(event: EventLine): Growing {
  const { stream, revision } = event;
  const expected = revision === 0 ? 'no-stream' : revision - 1;
  return { stream, expected, events: [newEventOf(event)] };
}

/** The event as it was, with the time at which it was first recorded: a store tells its own time. */
function newEventOf(line: EventLine): NewEvent {
  const { id, type, version, metadata, recordedAt } = line;
  const imported: Imported = { originalRecordedAt: recordedAt, ...metadata };
  return { id, type, version, data: dataOf(line), metadata: imported };
}
