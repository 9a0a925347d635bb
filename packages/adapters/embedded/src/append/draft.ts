import {
  type AppendDecision,
  type DecisionView,
  decideAppends,
  type PreparedAppend,
  type StreamControl,
  type StreamState,
} from '@everfold/core';
import { BLOCK_BYTES, BLOCK_RECORDS, encodeBlock } from '../log/block.js';
import { controlRecord, eventRecord, jsonText } from '../log/record.js';
import { placeOf } from '../stream/window.js';

/** What a draft asks about the log before it. */
export interface Ground {
  state(stream: string): StreamState;
  /** The id of an event of the log; `undefined` where none stands. */
  idAt(stream: string, revision: number): string | undefined;
}

/** An event of a draft, and where it will stand. */
export interface StagedEvent {
  readonly stream: string;
  readonly revision: number;
  place: number;
}

/** A control of a draft, and where it will stand. */
export interface StagedControl {
  readonly stream: string;
  readonly control: StreamControl;
  readonly record: number;
}

/** A block of a draft, encoded. */
export interface EncodedBlock {
  readonly first: number;
  readonly bytes: Buffer;
}

/** Where one append of a draft ends. */
export interface StagedResult {
  readonly stream: string;
  readonly revision: number;
  /** The number of its last record; `undefined` for a repeat, which stands in the log already. */
  readonly record: number | undefined;
}

interface StreamDraft {
  /** The stream's name as JSON. */
  readonly text: string;
  state: StreamState;
  /** The ids of the events that this draft adds, which end at the state's last revision. */
  ids: string[] | undefined;
}

/**
 * What one commit is going to write: appends and controls, decided one after the other as if each stood in the log already.
 * Nothing here touches the disk or the directory.
 */
export class Draft {
  readonly #ground: Ground;
  readonly #streams = new Map<string, StreamDraft>();
  readonly #texts: string[] = [];
  readonly events: StagedEvent[] = [];
  readonly controls: StagedControl[] = [];
  readonly #places: (StagedEvent | undefined)[] = [];
  /** The number of the first record of this draft. */
  readonly base: number;

  constructor(base: number, ground: Ground) {
    this.base = base;
    this.#ground = ground;
  }

  /** The number of the record behind the last one. */
  get next(): number {
    return this.base + this.#texts.length;
  }

  /** Whether there is nothing to write: all was refused or stands there already. */
  get isEmpty(): boolean {
    return this.#texts.length === 0;
  }

  /** Where a stream will stand. */
  state(stream: string): StreamState {
    return this.#stream(stream).state;
  }

  /**
   * Decides on several appends, all or none.
   *
   * @throws What {@link decideAppends} throws, for the first that fails; the draft is as before.
   */
  append(appends: readonly PreparedAppend[]): readonly StagedResult[] {
    const decisions = decideAppends(appends, (stream) => this.#view(stream));
    return appends.map((append, index) => this.#stage(append, decisions[index]));
  }

  /** Says something about a stream. */
  control(stream: string, control: StreamControl): void {
    const draft = this.#stream(stream);
    draft.state = { ...draft.state, control };
    this.controls.push({ stream, control, record: this.next });
    this.#push(controlRecord(stream, control), undefined);
  }

  /** The blocks to write; staged events know their places afterwards. */
  encode(recordedAtMs: number): readonly EncodedBlock[] {
    const blocks: EncodedBlock[] = [];
    for (let from = 0; from < this.#texts.length; ) {
      const to = this.#endOfBlock(from);
      const first = this.base + from;
      blocks.push({ first, bytes: encodeBlock(first, recordedAtMs, this.#texts.slice(from, to)) });
      for (let at = from; at < to; at += 1) {
        const event = this.#places[at];
        if (event !== undefined) event.place = placeOf(first, at - from);
      }
      from = to;
    }
    return blocks;
  }

  #endOfBlock(from: number): number {
    let bytes = 32;
    let to = from;
    while (to < this.#texts.length && to - from < BLOCK_RECORDS) {
      bytes += (this.#texts[to]?.length ?? 0) + 5;
      if (bytes > BLOCK_BYTES && to > from) break;
      to += 1;
    }
    return to;
  }

  #view(stream: string): DecisionView {
    const draft = this.#stream(stream);
    return {
      state: draft.state,
      idAt: (revision) => addedId(draft, revision) ?? this.#ground.idAt(stream, revision),
    };
  }

  #stage(append: PreparedAppend, decision: AppendDecision | undefined): StagedResult {
    if (decision === undefined || decision.kind === 'repeat')
      return { stream: append.stream, revision: decision?.last ?? 0, record: undefined };
    const { stream, events } = append;
    const draft = this.#stream(stream);
    let revision = decision.first - 1;
    for (const event of events) {
      revision += 1;
      const staged: StagedEvent = { stream, revision, place: 0 };
      draft.ids ??= [];
      draft.ids.push(event.id);
      this.events.push(staged);
      this.#push(eventRecord(draft.text, revision, event), staged);
    }
    draft.state = { last: revision, control: draft.state.control };
    return { stream, revision, record: this.next - 1 };
  }

  #push(text: string, event: StagedEvent | undefined): void {
    this.#texts.push(text);
    this.#places.push(event);
  }

  #stream(stream: string): StreamDraft {
    const known = this.#streams.get(stream);
    if (known !== undefined) return known;
    const draft: StreamDraft = {
      text: jsonText(stream),
      state: this.#ground.state(stream),
      ids: undefined,
    };
    this.#streams.set(stream, draft);
    return draft;
  }
}

function addedId({ ids, state }: StreamDraft, revision: number): string | undefined {
  return ids?.[revision - (state.last - ids.length + 1)];
}
