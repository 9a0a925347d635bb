import { createReadStream } from 'node:fs';
import type { EventStore } from '@everfold/core';
import { EXIT } from '../exit-code.js';
import { CliError, refusal } from '../failure.js';
import type { Step } from '../output/progress.js';
import { type EventLine, MalformedLine, parseEventLine } from './event-line.js';
import { linesOf } from './lines.js';
import { StreamOrder } from './stream-order.js';

/** A line of the input with its number, from 1. */
export interface NumberedLine {
  readonly number: number;
  readonly bytes: number;
  readonly event: EventLine;
}

/** What is known of a file before anything of it is written. */
export interface ImportPlan {
  readonly lines: number;
  /** Streams that cannot be imported: their beginning, or something between, is missing. */
  readonly incomplete: ReadonlySet<string>;
}

/**
 * Reads events, one a line.
 *
 * @param name - Of the input, for messages.
 * @throws {@link CliError} at the first line that is none.
 */
export async function* readLines(
  name: string,
  source: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<NumberedLine> {
  let number = 0;
  for await (const text of decoded(name, source)) {
    number += 1;
    if (text.trim() === '') continue;
    yield { number, bytes: text.length, event: parsed(name, number, text) };
  }
}

/**
 * Looks at a whole file before anything is written.
 *
 * @throws {@link CliError} when a line is no event, or stands in a wrong place.
 */
export async function planImport(
  name: string,
  store: EventStore,
  { signal, onProgress }: { readonly signal: AbortSignal; onProgress(step: Step): void },
): Promise<ImportPlan> {
  const order = new StreamOrder();
  const incomplete = new Set<string>();
  let lines = 0;
  for await (const { number, event } of readLines(name, createReadStream(name, { signal }))) {
    lines += 1;
    if (lines % 1_000 === 0) onProgress({ phase: 'checking', done: lines });
    switch (order.next(event)) {
      case 'repeated':
        throw outOfOrder(name, number, event);
      case 'incomplete':
        incomplete.add(event.stream);
        break;
      case 'begins':
        if (!(await stands(store, event))) incomplete.add(event.stream);
        break;
      case undefined:
        break;
    }
  }
  return { lines, incomplete };
}

/** Whether the store has the events of the stream before this one: it may come from an earlier import. */
export async function stands(store: EventStore, { stream, revision }: EventLine): Promise<boolean> {
  for await (const last of store.read(stream, { direction: 'backwards', limit: 1 }))
    return last.revision >= revision - 1;
  return false;
}

/** @throws {@link CliError} that says which streams, and what can be done. */
export function incompleteStreams(streams: readonly string[]): CliError {
  const some = streams.slice(0, 5).join(', ');
  const all = streams.length > 5 ? `${some} and ${streams.length - 5} more` : some;
  return refusal(
    `Revisions are missing in ${all}: the streams were deleted and written again, shortened by retention, or exported with a filter. ` +
      'Events keep their revisions, so these cannot be imported: nothing of them was written. --skip-incomplete leaves them out.',
  );
}

/** @throws {@link CliError} that names the line. */
export function outOfOrder(
  name: string,
  number: number,
  { stream, revision }: EventLine,
): CliError {
  return badLine(
    name,
    number,
    `revision ${revision} of '${stream}' comes twice or too late. Lines must stand as events export wrote them`,
  );
}

async function* decoded(
  name: string,
  source: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<string> {
  try {
    yield* linesOf(source);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new CliError(`${name} is not UTF-8 text.`, {
      code: 'MALFORMED_INPUT',
      exitCode: EXIT.failed,
      cause,
    });
  }
}

function parsed(name: string, number: number, text: string): EventLine {
  try {
    return parseEventLine(text);
  } catch (cause) {
    if (cause instanceof MalformedLine) throw badLine(name, number, cause.message, { cause });
    throw cause;
  }
}

function badLine(name: string, number: number, reason: string, options?: ErrorOptions): CliError {
  return new CliError(`${name}, line ${number}: ${reason}.`, {
    ...options,
    code: 'MALFORMED_INPUT',
    exitCode: EXIT.failed,
  });
}
