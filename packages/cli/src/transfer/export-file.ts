import { type FileHandle, open } from 'node:fs/promises';
import type { EventStore, Position, RecordedEvent } from '@everfold/core';
import { refusal } from '../failure.js';
import { type EventLine, eventLine, parseEventLine } from './event-line.js';
import { lastWholeLine } from './lines.js';

/** A file of events that grows by whole lines, and goes on where it was cut off. */
export class ExportFile implements AsyncDisposable {
  #end: number;

  private constructor(
    private readonly name: string,
    private readonly handle: FileHandle,
    /** The last event that it holds. */
    readonly last: EventLine | undefined,
    end: number,
  ) {
    this.#end = end;
  }

  /**
   * Opens a file, or makes it. A line that was cut off is taken away.
   *
   * @throws {@link CliError} when it holds something else; nothing is changed.
   */
  static async open(name: string): Promise<ExportFile> {
    const handle = await open(name, 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return open(name, 'wx+');
      throw error;
    });
    try {
      const { last, end } = await lastWholeLine(handle);
      const line = last === undefined ? undefined : lastOf(name, last);
      if (line === undefined) await assertEmpty(name, handle);
      await handle.truncate(end);
      return new ExportFile(name, handle, line, end);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * Checks that the log is the one from which the file was written.
   *
   * @returns The position behind which it goes on.
   * @throws {@link CliError} when it is another one.
   */
  async placeIn(store: EventStore): Promise<Position | undefined> {
    if (this.last === undefined) return undefined;
    const { position, id } = this.last;
    const head = await store.head();
    if (head === undefined || head < position) throw this.#foreign();
    for await (const event of store.readAll({ from: position, limit: 1 }))
      if (event.position === position && event.id !== id) throw this.#foreign();
    return position;
  }

  async write(events: readonly RecordedEvent[]): Promise<void> {
    const bytes = Buffer.from(events.map((it) => `${JSON.stringify(eventLine(it))}\n`).join(''));
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await this.handle.write(
        bytes,
        written,
        bytes.length - written,
        this.#end + written,
      );
      written += bytesWritten;
    }
    this.#end += bytes.length;
  }

  /** What was written is on disk then. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.handle.sync();
    } finally {
      await this.handle.close();
    }
  }

  #foreign(): Error {
    return refusal(
      `${this.name} was exported from another log, or this one was restored from an older copy. Export to another file.`,
    );
  }
}

function lastOf(name: string, last: string): EventLine {
  try {
    const line = parseEventLine(last);
    if (typeof line.position === 'string') return line;
  } catch (cause) {
    throw notAnExport(name, cause);
  }
  throw notAnExport(name, undefined);
}

/** A beginning that was cut off may go; anything else that has no line end is somebody's. */
async function assertEmpty(name: string, handle: FileHandle): Promise<void> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(7), 0, 7, 0);
  const begun = buffer.toString('utf8', 0, bytesRead);
  if (!'{"id":"'.startsWith(begun)) throw notAnExport(name, undefined);
}

function notAnExport(name: string, cause: unknown): Error {
  return refusal(
    `${name} holds something else than exported events; it was not changed. Export to another file.`,
    { cause },
  );
}
