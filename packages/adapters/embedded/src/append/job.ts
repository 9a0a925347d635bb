import {
  type AppendResult,
  assertStands,
  createToken,
  type DeleteOptions,
  type Position,
  type PreparedAppend,
  type StreamControl,
  StreamDeletedError,
  type StreamState,
} from '@everfold/core';
import { positionAt } from '../position.js';
import type { Draft, StagedResult } from './draft.js';

/** Something that waits to be written. It is decided on whenever it is drafted, and settled once. */
export interface Job {
  readonly stream: string;
  readonly signal: AbortSignal | undefined;
  /** Rough size of its records. */
  readonly bytes: number;
  /** Decides on it. A refusal is kept, not thrown: the others of a batch are not concerned. */
  draft(draft: Draft): void;
  /** Reports what was decided, after that is durable. */
  settle(results: ResultReader): void;
  reject(error: unknown): void;
}

/** What is needed to report results. */
export interface ResultReader {
  readonly identity: string;
  /** The position of an event that stands in the log. */
  positionOf(stream: string, revision: number): Position;
}

interface Settled<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** One or several appends, all or none. */
export class AppendJob implements Job {
  readonly #appends: readonly PreparedAppend[];
  readonly #resolve: (results: readonly AppendResult[]) => void;
  readonly reject: (error: unknown) => void;
  #staged: readonly StagedResult[] | undefined;
  #refusal: unknown;
  readonly signal: AbortSignal | undefined;

  constructor(
    appends: readonly PreparedAppend[],
    signal: AbortSignal | undefined,
    resolve: (results: readonly AppendResult[]) => void,
    reject: (error: unknown) => void,
  ) {
    this.#appends = appends;
    this.signal = signal;
    this.#resolve = resolve;
    this.reject = reject;
  }

  get stream(): string {
    return this.#appends[0]?.stream ?? '';
  }

  get bytes(): number {
    let bytes = 0;
    for (const { events } of this.#appends)
      for (const event of events) bytes += event.json.length + (event.bytes?.length ?? 0);
    return bytes;
  }

  draft(draft: Draft): void {
    this.#staged = undefined;
    try {
      this.#staged = draft.append(this.#appends);
    } catch (refusal) {
      this.#refusal = refusal;
    }
  }

  settle(results: ResultReader): void {
    const staged = this.#staged;
    if (staged === undefined) this.reject(this.#refusal);
    else this.#resolve(staged.map((one) => resultOf(one, results)));
  }
}

function resultOf({ stream, revision, record }: StagedResult, results: ResultReader): AppendResult {
  const position = record === undefined ? results.positionOf(stream, revision) : positionAt(record);
  return {
    revision,
    position,
    token: createToken(results.identity, position),
    repeated: record === undefined,
  };
}

/** Something to say about a stream. */
export class ControlJob implements Job {
  readonly stream: string;
  readonly signal = undefined;
  readonly bytes = 100;
  readonly #expected: NonNullable<DeleteOptions['expected']>;
  readonly #change: (state: StreamState) => StreamControl | undefined;
  readonly #settled: Settled<void>;
  #refusal: unknown;

  /** @param change - What is to be said, given where the stream stands; `undefined` when that is said already. */
  constructor(
    stream: string,
    expected: NonNullable<DeleteOptions['expected']>,
    change: (state: StreamState) => StreamControl | undefined,
    settled: Settled<void>,
  ) {
    this.stream = stream;
    this.#expected = expected;
    this.#change = change;
    this.#settled = settled;
  }

  draft(draft: Draft): void {
    this.#refusal = undefined;
    try {
      const state = draft.state(this.stream);
      const control = this.#change(state);
      if (!state.control.tombstoned) assertStands(this.stream, this.#expected, state);
      if (control !== undefined) draft.control(this.stream, control);
    } catch (refusal) {
      this.#refusal = refusal;
    }
  }

  settle(): void {
    if (this.#refusal === undefined) this.#settled.resolve();
    else this.#settled.reject(this.#refusal);
  }

  reject(error: unknown): void {
    this.#settled.reject(error);
  }
}

/** What deleting a stream says about it. @throws {@link StreamDeletedError} when it has a tombstone. */
export function deletion(stream: string): (state: StreamState) => StreamControl | undefined {
  return ({ last, control }) => {
    if (control.tombstoned) throw new StreamDeletedError(stream);
    return last < control.base ? undefined : { ...control, base: last + 1 };
  };
}

/** What a tombstone says about a stream. */
export function tombstoning(): (state: StreamState) => StreamControl | undefined {
  return ({ last, control }) =>
    control.tombstoned ? undefined : { base: last + 1, tombstoned: true, retention: {} };
}

/** What a retention says about a stream. @throws {@link StreamDeletedError} when it has a tombstone. */
export function retaining(
  stream: string,
  retention: StreamControl['retention'],
): (state: StreamState) => StreamControl | undefined {
  return ({ control }) => {
    if (control.tombstoned) throw new StreamDeletedError(stream);
    return { ...control, retention };
  };
}
