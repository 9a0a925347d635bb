import {
  type DecisionView,
  decideAppends,
  type PreparedAppend,
  type PreparedEvent,
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
  /** The number of its record. */
  readonly record: number;
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

/**
 * What one commit is going to write: appends and controls, decided one after the other as if each stood in the log already.
 * Nothing here touches the disk or the directory. It is the ground of a draft that follows it.
 */
export class Draft implements Ground {
  #ground: Ground;
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

  /** Says that what lay before it is in the log by now, so that drafts do not keep each other in memory one behind the other. */
  standOn(ground: Ground): void {
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
    return this.#streams.get(stream)?.state ?? this.#ground.state(stream);
  }

  /** The id of an event, of this draft or before it. */
  idAt(stream: string, revision: number): string | undefined {
    const draft = this.#streams.get(stream);
    return draft === undefined ? this.idBefore(stream, revision) : draft.idAt(revision);
  }

  /** The id of an event that lies before this draft. */
  idBefore(stream: string, revision: number): string | undefined {
    return this.#ground.idAt(stream, revision);
  }

  /**
   * Decides on several appends, all or none.
   *
   * @throws What {@link decideAppends} throws, for the first that fails; the draft is as before.
   */
  append(appends: readonly PreparedAppend[]): readonly StagedResult[] {
    const decisions = decideAppends(appends, this.#view);
    return appends.map(({ stream, events }, index) => {
      const decision = decisions[index];
      return decision?.kind === 'append'
        ? this.#stage(this.#stream(stream), decision.first, events)
        : { stream, revision: decision?.last ?? 0, record: undefined };
    });
  }

  /** Says something about a stream. */
  control(stream: string, control: StreamControl): void {
    this.#stream(stream).says(control);
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

  /** Its results: the last event stands for all. */
  #stage(draft: StreamDraft, first: number, events: readonly PreparedEvent[]): StagedResult {
    let revision = first - 1;
    let last: StagedEvent | undefined;
    for (const event of events) {
      revision += 1;
      last = { stream: draft.name, revision, record: this.next, place: 0 };
      this.events.push(last);
      this.#push(eventRecord(draft.text, revision, event), last);
    }
    draft.adds(events, revision);
    return last ?? { stream: draft.name, revision, record: undefined };
  }

  #push(text: string, event: StagedEvent | undefined): void {
    this.#texts.push(text);
    this.#places.push(event);
  }

  readonly #view = (stream: string): StreamDraft => this.#stream(stream);

  #stream(name: string): StreamDraft {
    const known = this.#streams.get(name);
    if (known !== undefined) return known;
    const draft = new StreamDraft(name, this.#ground.state(name), this);
    this.#streams.set(name, draft);
    return draft;
  }
}

/** Where one stream stands in a draft. */
class StreamDraft implements DecisionView {
  readonly name: string;
  /** Its name as JSON. */
  readonly text: string;
  #state: StreamState;
  readonly #draft: Draft;
  /** The ids of the events that the draft adds, which end at the state's last revision. */
  readonly #ids: string[] = [];

  constructor(name: string, state: StreamState, draft: Draft) {
    this.name = name;
    this.text = jsonText(name);
    this.#state = state;
    this.#draft = draft;
  }

  get state(): StreamState {
    return this.#state;
  }

  idAt(revision: number): string | undefined {
    const added = revision - (this.#state.last - this.#ids.length + 1);
    return added >= 0 ? this.#ids[added] : this.#draft.idBefore(this.name, revision);
  }

  adds(events: readonly PreparedEvent[], last: number): void {
    for (const { id } of events) this.#ids.push(id);
    this.#state = { last, control: this.#state.control };
  }

  says(control: StreamControl): void {
    this.#state = { last: this.#state.last, control };
  }
}
