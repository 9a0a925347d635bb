import { setTimeout } from 'node:timers/promises';
import {
  AppendOutcomeUnknownError,
  type AppendResult,
  type EventStore,
  type NonEmpty,
  type StreamAppend,
  WrongExpectedRevisionError,
} from '@everfold/core';
import { EXIT } from '../exit-code.js';
import { CliError, refusal } from '../failure.js';
import { appendsOf, type Chunk, chunksOf } from './import-chunks.js';
import type { NumberedLine } from './import-plan.js';

/** What an import has done so far. */
export interface Imported {
  readonly written: number;
  /** Events that stood there already. */
  readonly present: number;
}

const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 200;

/**
 * Appends lines in order, each stream at the exact revision it had: what stands there already is left as it is, so that an
 * import may be repeated from the beginning at any time.
 *
 * @param told - Called behind each append with all that was done so far.
 * @throws {@link CliError} when other events stand where one belongs; what came before it was written.
 */
export async function importEvents(
  store: EventStore,
  lines: AsyncIterable<NumberedLine>,
  signal: AbortSignal,
  told: (imported: Imported) => void,
): Promise<Imported> {
  let imported: Imported = { written: 0, present: 0 };
  for await (const chunk of chunksOf(lines, store.capabilities)) {
    signal.throwIfAborted();
    const present = await appendChunk(store, chunk, signal);
    imported = {
      written: imported.written + chunk.length - present,
      present: imported.present + present,
    };
    told(imported);
  }
  return imported;
}

/** @returns How many of the events stood there already. */
async function appendChunk(store: EventStore, chunk: Chunk, signal: AbortSignal): Promise<number> {
  try {
    const appends = appendsOf(chunk);
    const results = await surely(() => append(store, appends), signal);
    assertPlaces(appends, results);
    return results.some(({ repeated }) => repeated) ? chunk.length : 0;
  } catch (error) {
    if (!(error instanceof WrongExpectedRevisionError)) throw named(chunk[0], error);
  }
  // Some of them may stand there, by an import that was cut into other pieces.
  let present = 0;
  for (const line of chunk) present += await appendOne(store, line, signal);
  return present;
}

async function appendOne(
  store: EventStore,
  line: NumberedLine,
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  try {
    const appends = appendsOf([line]);
    const results = await surely(() => append(store, appends), signal);
    assertPlaces(appends, results);
    return results.some(({ repeated }) => repeated) ? 1 : 0;
  } catch (error) {
    throw named(line, error);
  }
}

async function append(
  store: EventStore,
  appends: NonEmpty<StreamAppend>,
): Promise<readonly AppendResult[]> {
  const [{ stream, events, expected }, ...others] = appends;
  if (others.length > 0) return store.appendToStreams(appends);
  return [await store.append(stream, events, { expected })];
}

/** Repeats an append whose answer was lost: at an exact revision that is harmless. */
async function surely<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await run();
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof AppendOutcomeUnknownError)) throw error;
      await setTimeout(FIRST_PAUSE_MS * 2 ** attempt, undefined, { signal }).catch(() =>
        signal.throwIfAborted(),
      );
    }
}

/** A stream that was deleted takes events again, but its revisions go on. */
function assertPlaces(appends: NonEmpty<StreamAppend>, results: readonly AppendResult[]): void {
  appends.forEach(({ stream, events, expected }, index) => {
    const before = typeof expected === 'number' ? expected : -1;
    const revision = results[index]?.revision;
    if (revision === before + events.length) return;
    throw refusal(
      `'${stream}' was deleted in this store, so that its revisions go on at ${revision}: import into a new store.`,
    );
  });
}

function named({ number, event: { stream, revision, id } }: NumberedLine, error: unknown): unknown {
  const at = `Line ${number}, revision ${revision} of '${stream}'`;
  if (error instanceof WrongExpectedRevisionError)
    return refusal(
      `${at}: other events stand there (the stream stands at ${error.actual}), so event ${id} cannot be imported. ` +
        'Import into a new store, or leave that stream out.',
      { cause: error },
    );
  if (error instanceof TypeError)
    return new CliError(`${at}: ${error.message}`, {
      code: 'MALFORMED_INPUT',
      exitCode: EXIT.failed,
      cause: error,
    });
  return error;
}
