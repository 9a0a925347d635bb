import {
  assertStands,
  decideAppends,
  type ExpectedRevision,
  type PreparedAppend,
  type Retention,
  StreamDeletedError,
} from '@everfold/core';
import { MemoryStream, type StoredEvent } from './memory-stream.js';

/** Where an append stands in the log. */
export interface Appended {
  readonly last: StoredEvent;
  readonly repeated: boolean;
}

/** The log and its streams. Every change happens in one synchronous step, so that no reader sees half of it. */
export class MemoryLog {
  /** A place without an event was deleted. */
  readonly #events: (StoredEvent | undefined)[] = [];
  readonly #streams = new Map<string, MemoryStream>();

  /** The place of the last event, hidden or not; 0 when there is none. */
  get head(): number {
    return this.#events.length;
  }

  at(place: number): StoredEvent | undefined {
    return this.#events[place - 1];
  }

  stream(name: string): MemoryStream {
    return this.#streams.get(name) ?? new MemoryStream(name);
  }

  append(appends: readonly PreparedAppend[], recordedAtMs: number): readonly Appended[] {
    const decisions = decideAppends(appends, (name) => {
      const state = this.stream(name);
      return { state, idAt: (revision) => state.at(revision)?.id };
    });
    return appends.flatMap((append, index) => {
      const decision = decisions[index];
      const stream = this.#kept(append.stream);
      if (decision?.kind === 'append') this.#write(stream, append, recordedAtMs);
      const last = stream.at(decision?.kind === 'repeat' ? decision.last : stream.last);
      return last === undefined ? [] : [{ last, repeated: decision?.kind === 'repeat' }];
    });
  }

  delete(name: string, expected: ExpectedRevision): void {
    const stream = this.#live(name);
    assertStands(name, expected, stream);
    this.#drop(stream);
  }

  tombstone(name: string, expected: ExpectedRevision): void {
    const stream = this.stream(name);
    if (stream.control.tombstoned) return;
    assertStands(name, expected, stream);
    this.#drop(stream);
    this.#keep(stream).control = { ...stream.control, tombstoned: true };
  }

  setRetention(name: string, retention: Retention): void {
    const stream = this.#keep(this.#live(name));
    stream.control = { ...stream.control, retention: { ...retention } };
  }

  #write(stream: MemoryStream, { events }: PreparedAppend, recordedAtMs: number): void {
    for (const event of events) {
      const place = this.#events.length + 1;
      const stored = { ...event, stream, revision: stream.last + 1, place, recordedAtMs };
      stream.push(stored);
      this.#events.push(stored);
    }
  }

  #drop(stream: MemoryStream): void {
    for (const { place } of stream.drop()) this.#events[place - 1] = undefined;
  }

  #live(name: string): MemoryStream {
    const stream = this.stream(name);
    if (stream.control.tombstoned) throw new StreamDeletedError(name);
    return stream;
  }

  #kept(name: string): MemoryStream {
    return this.#keep(this.stream(name));
  }

  #keep(stream: MemoryStream): MemoryStream {
    this.#streams.set(stream.name, stream);
    return stream;
  }
}
