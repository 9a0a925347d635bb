import { backOff } from '../backoff.js';
import { eventAt } from '../consumer/event-at.js';
import type {
  Checkpoint,
  ParkedRecord,
  ParkedRequest,
  SegmentRecord,
} from '../consumer/records.js';
import { toJson } from '../consumer/records.js';
import type { SegmentHold } from '../consumer/segment-hold.js';
import type { EventStore, RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { SegmentSave, StoredRecord } from '../projection/read-model-store.js';
import { CheckpointWindow, type LookedAt } from '../subscription/checkpoint-window.js';
import { isPassing } from '../subscription/passing.js';
import type { ParkedChanges, ParkedPlace } from './parked-keys.js';
import { ParkedKeys } from './parked-keys.js';
import type { Reacted, ReactionParts } from './reaction.js';
import { Reactions } from './reaction.js';

/** @internal What a lane tells those that it works for. */
export interface LaneParts extends ReactionParts, Pick<ParkedPlace, 'consumer' | 'clock'> {
  readonly eventStore: EventStore;
  /** There is something to write. */
  readonly changed: (lane: ReactorLane) => void;
  readonly parked: (key: string, error: unknown) => void;
  /** It does not go on: because of this event, where one is named. */
  readonly stopped: (lane: ReactorLane, failure: LaneFailure) => void;
  /** The whole consumer cannot go on here. */
  readonly failed: (error: unknown) => void;
}

/** @internal */
export interface LaneFailure {
  readonly error: unknown;
  readonly recorded: RecordedEvent;
  readonly key?: string | undefined;
}

/** @internal What a lane has come to and not written yet. */
export interface LaneProgress {
  readonly part: SegmentSave;
  readonly record: SegmentRecord;
  readonly parked: ParkedChanges;
}

/** @internal Where a lane has its events from. `live`: the feed. `behind`: reads of its own. `stopped`: nowhere. */
export type LaneMode = 'live' | 'behind' | 'stopped' | 'ended';

/**
 * @internal Handles the events of one segment: in order for each key, different keys at the same time. Its checkpoint follows the first
 * unfinished event.
 */
export class ReactorLane {
  readonly hold: SegmentHold;
  readonly window: CheckpointWindow;
  readonly reactions: Reactions;
  mode: LaneMode = 'behind';
  readonly #parts: LaneParts;
  readonly #parked: ParkedKeys;
  /** By key: events that were begun and are not finished. */
  readonly #queues = new Map<string, RecordedEvent[]>();
  /** The keys whose events are being handled. */
  readonly #busy = new Set<string>();
  /** By key: what resolves when its events were handled, and when its parked events were. */
  readonly #chains = new Map<string, Promise<void>>();
  readonly #answers = new Map<string, Promise<void>>();
  /** Requests that were heeded, and whose records may still stand there. */
  readonly #heeded = new Set<string>();
  #handled = 0;

  constructor(hold: SegmentHold, parked: readonly StoredRecord[], parts: LaneParts) {
    this.hold = hold;
    this.#parts = parts;
    this.window = new CheckpointWindow(hold.checkpoint);
    this.reactions = new Reactions(parts);
    const { consumer, clock } = parts;
    this.#parked = new ParkedKeys({ consumer, segment: hold.segment, clock }, parked);
  }

  /** Whether an event comes behind what the lane has looked at. */
  isBefore(position: Position): boolean {
    return this.window.last === undefined || this.window.last < position;
  }

  /** Takes an event of a key; the window must have room. */
  accept(recorded: RecordedEvent, key: string): void {
    this.window.begin(recorded);
    const queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, [recorded]);
    else queue.push(recorded);
    this.#go(key);
  }

  /** The log was looked at up to here, and everything that is for this lane was accepted. */
  lookedAt(position: Position, event: LookedAt | undefined): void {
    if (!this.isBefore(position)) return;
    this.window.advanceTo(position, event);
    this.#parts.changed(this);
  }

  /** Stops at an event; what is under way is still brought to its end. */
  stop(failure: LaneFailure): void {
    if (this.mode === 'stopped' || this.mode === 'ended') return;
    this.mode = 'stopped';
    this.#parts.stopped(this, failure);
  }

  /** Goes on where it stopped. */
  resume(): void {
    if (this.mode !== 'stopped') return;
    this.mode = 'behind';
    for (const key of this.#queues.keys()) this.#go(key);
  }

  /**
   * Does what is asked of parked events, each request once; its record is removed together with what it asks for.
   *
   * @param requests - All that stand there now.
   */
  heed(requests: readonly StoredRecord[]): void {
    const present = new Set(requests.map(({ key, value }) => JSON.stringify([key, value])));
    for (const id of this.#heeded) if (!present.has(id)) this.#heeded.delete(id);
    for (const { key, value } of requests) {
      const id = JSON.stringify([key, value]);
      const asked = value as unknown as ParkedRequest;
      const { documentId } = asked;
      if (this.#heeded.has(id) || this.#answers.has(documentId) || this.mode === 'ended') continue;
      this.#heeded.add(id);
      this.#begin(asked, key);
    }
  }

  #begin(asked: ParkedRequest, request: string): void {
    const key = asked.documentId;
    const answered = this.#answer(asked, request)
      .catch((error: unknown) => this.#failed(error))
      .finally(() => this.#answers.delete(key));
    this.#answers.set(key, answered);
  }

  /** Begins nothing more; resolves when nothing is under way. */
  async end(): Promise<void> {
    this.mode = 'ended';
    await Promise.all([...this.#chains.values(), ...this.#answers.values()]);
  }

  /** What is to be written; `undefined` when nothing is. */
  progress(): LaneProgress | undefined {
    const { hold } = this;
    const { committable } = this.window;
    const isSame = committable?.position === hold.position && this.#handled === 0;
    if (isSame && !this.#parked.hasChanges) return undefined;
    const parked = this.#parked.take();
    const record: SegmentRecord = {
      ...hold.record,
      ...(committable !== undefined && { checkpoint: committable satisfies Checkpoint }),
      handled: hold.record.handled + this.#handled,
      parked: this.#parked.count,
    };
    this.#handled = 0;
    const segment = { key: hold.key, version: hold.version, value: toJson(record) };
    return { part: { documents: [], ...parked, segment }, record, parked };
  }

  /** It could not be written. */
  unsaved({ record, parked }: LaneProgress): void {
    this.#handled += record.handled - this.hold.record.handled;
    this.#parked.giveBack(parked);
  }

  #go(key: string): void {
    if (this.#busy.has(key)) return;
    this.#busy.add(key);
    const chain = this.#run(key)
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        if (this.#chains.get(key) === chain) this.#chains.delete(key);
      });
    this.#chains.set(key, chain);
  }

  #failed(error: unknown): void {
    if (!this.reactions.signal.aborted) this.#parts.failed(error);
  }

  /** Handles what waits for a key, one after the other. */
  async #run(key: string): Promise<void> {
    const queue = this.#queues.get(key) ?? [];
    try {
      for (let recorded = queue[0]; recorded !== undefined; recorded = queue[0]) {
        if (this.mode === 'stopped' || this.mode === 'ended') return;
        if (!(await this.#handle(recorded, key))) return;
        queue.shift();
        this.#handled += 1;
        this.window.end(recorded.position);
        this.#parts.changed(this);
      }
      this.#queues.delete(key);
    } finally {
      // In one step with the last look at the queue: an event that comes next finds nobody busy with its key.
      this.#busy.delete(key);
    }
  }

  /** @returns Whether it was handled or set aside; otherwise the lane has stopped at it. */
  async #handle(recorded: RecordedEvent, key: string): Promise<boolean> {
    if (this.#parked.has(key)) {
      this.#parked.add(key, recorded);
      return true;
    }
    const reacted = await this.reactions.react(recorded);
    return reacted.kind !== 'failed' || this.#park(recorded, key, reacted);
  }

  /** @returns Whether the event was parked; otherwise the lane stops at it. */
  #park(recorded: RecordedEvent, key: string, { error, attempts }: Failed): boolean {
    if (this.#parts.definition.onFailure === 'stop') {
      this.stop({ error, recorded, key });
      return false;
    }
    this.#parked.add(key, recorded, { error, attempts });
    this.#parts.parked(key, error);
    return true;
  }

  async #answer(asked: ParkedRequest, request: string): Promise<void> {
    const { kind, documentId: key } = asked;
    if (kind === 'drop') {
      const dropped = asked.position ?? this.#parked.first(key)?.position;
      // In one write with what it asks for: asked again it would drop another event.
      this.#parked.removeAlong(request);
      if (dropped !== undefined) this.#parked.remove(key, dropped);
      this.#parts.changed(this);
    }
    await this.#retry(key);
    // Last, so that whoever takes over from here goes on with it.
    if (kind === 'retry') this.#parked.removeAlong(request);
    this.#parts.changed(this);
  }

  /** Handles what is parked for a key, up to what fails again. */
  async #retry(key: string): Promise<void> {
    for (;;) {
      const first = this.#parked.first(key);
      if (first === undefined) return;
      const recorded = await this.#read(first);
      const reacted = recorded === undefined ? undefined : await this.reactions.react(recorded);
      if (recorded !== undefined && reacted?.kind === 'failed') {
        this.#parked.failedAgain(key, recorded, reacted);
        this.#parts.parked(key, reacted.error);
        return;
      }
      this.#parked.remove(key, first.position);
      this.#parts.changed(this);
    }
  }

  /** A parked event, however long the store cannot be reached; `undefined` when the log has it no more. */
  async #read({ stream, revision, eventId }: ParkedRecord): Promise<RecordedEvent | undefined> {
    const { eventStore, backoff, retrying } = this.#parts;
    const { signal } = this.reactions;
    for (let attempt = 1; ; attempt += 1)
      try {
        const recorded = await eventAt(eventStore, stream, revision);
        return recorded?.id === eventId ? recorded : undefined;
      } catch (error) {
        signal.throwIfAborted();
        if (!isPassing(error)) throw error;
        retrying(error, attempt);
        await backOff(attempt, backoff, signal);
      }
  }
}

type Failed = Extract<Reacted, { kind: 'failed' }>;
