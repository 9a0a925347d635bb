import type { EventFilter, RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { ParkedRequest } from './records.js';
import type { SegmentHold } from './segment-hold.js';

/** @internal A stretch of the log. */
export interface Stretch {
  readonly events: readonly RecordedEvent[];
  /** How far the log has been looked at, events or not. */
  readonly position: Position;
  readonly caughtUp: boolean;
  /** The last event looked at, where it is none of {@link events}: one that nobody asked for. */
  readonly last?: { readonly id: string; readonly position: Position } | undefined;
  /** Whether nobody should wait for more before this is written. */
  readonly isDue?: boolean | undefined;
}

/** @internal What could not be done for a segment; nothing of the stretch was written for it. */
export interface WorkFailure {
  readonly hold: SegmentHold;
  readonly error: unknown;
  /** The event that fails, where one does. */
  readonly recorded?: RecordedEvent | undefined;
  /** The document that it fails for; missing where that cannot be told, so that parking would break somebody's order. */
  readonly documentId?: string | undefined;
}

/** @internal What a consumer does with the log, for the segments that are held. */
export interface ConsumerWork {
  /** Of the projection or reactor. */
  readonly name: string;
  readonly kind: 'projection' | 'reactor';
  readonly consumer: string;
  readonly segments: number;
  readonly filter: EventFilter | undefined;
  readonly batch: { readonly maxEvents: number; readonly maxDelayMs: number };
  readonly onFailure: 'stop' | 'park';
  readonly maxAttempts: number;
  /** The segment of a document, or of what a reactor orders by. */
  segmentOf(documentId: string): number;
  /**
   * Whether a segment that was just taken may be worked on. What was looked at before it was taken may be old by then: a switch may
   * have begun, for which it has to stand still. Default: it may.
   */
  mayBegin?(): Promise<boolean>;
  /** A segment has come. */
  begin(hold: SegmentHold): Promise<void>;
  /** A segment has gone. */
  end(hold: SegmentHold): void;
  /**
   * Handles a stretch for each of these segments, from where it stands, and moves its checkpoint to the end of the stretch.
   *
   * @returns What could not be done; segments that were lost are not among them.
   * @throws {@link EventVersionTooNewError}; what the read-model store throws when it cannot be reached.
   */
  handle(stretch: Stretch, holds: readonly SegmentHold[]): Promise<readonly WorkFailure[]>;
  /**
   * Takes a stretch in and writes nothing yet, so that many events cost one write, and need not be kept until then. Stretches follow
   * each other.
   *
   * @throws As {@link handle}; what was taken in before is forgotten then.
   */
  takeIn(stretch: Stretch, holds: readonly SegmentHold[]): Promise<void>;
  /**
   * Writes what was taken in for these segments, and moves their checkpoints behind it.
   *
   * @returns The segments for which that could not be done: their checkpoints stand where they stood.
   * @throws As {@link handle}; what was taken in is forgotten then.
   */
  commit(holds: readonly SegmentHold[]): Promise<readonly WorkFailure[]>;
  /** Sets the failing event aside, with what it has been tried. */
  park(failure: WorkFailure, attempts: number): Promise<void>;
  /**
   * Does what was asked of parked events.
   *
   * @returns Why it could not be done yet: what was taken in for the segment before could not be written, and is forgotten.
   * @throws As {@link commit}.
   */
  answer(request: ParkedRequest, hold: SegmentHold): Promise<readonly WorkFailure[]>;
}
