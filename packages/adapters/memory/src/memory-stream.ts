import {
  firstVisible,
  isExpired,
  type PreparedEvent,
  type StreamControl,
  UNCONTROLLED,
} from '@everfold/core';

/** An event as it lies in memory: still encoded, so that no two readers share an object. */
export interface StoredEvent extends PreparedEvent {
  readonly stream: MemoryStream;
  readonly revision: number;
  /** Place in the log, from 1. */
  readonly place: number;
  readonly recordedAtMs: number;
}

/** One stream: its events that no delete has dropped, and what was said about it. */
export class MemoryStream {
  control: StreamControl = UNCONTROLLED;
  #events: StoredEvent[] = [];

  constructor(readonly name: string) {}

  /** The revision of its last event, deleted or not; −1 when it never had one. */
  get last(): number {
    return this.control.base + this.#events.length - 1;
  }

  at(revision: number): StoredEvent | undefined {
    return this.#events[revision - this.control.base];
  }

  push(event: StoredEvent): void {
    this.#events.push(event);
  }

  shows(event: StoredEvent, nowMs: number): boolean {
    if (this.control === UNCONTROLLED) return true;
    return (
      event.revision >= firstVisible(this) && !isExpired(this.control, event.recordedAtMs, nowMs)
    );
  }

  /** Drops all events for good: revisions go on behind them. */
  drop(): readonly StoredEvent[] {
    const dropped = this.#events;
    this.control = { ...this.control, base: this.last + 1 };
    this.#events = [];
    return dropped;
  }
}
