import { type Clock, firstVisible, isExpired } from '@everfold/core';
import type { StreamDirectory } from '../stream/stream-directory.js';

/** An event, as far as its visibility depends on it. */
export interface Sighting {
  readonly stream: string;
  readonly revision: number;
  readonly recordedAtMs: number;
}

/** Tells which events were deleted, truncated or have expired by now. */
export class Visibility {
  readonly #directory: StreamDirectory;
  readonly #clock: Clock;

  constructor(directory: StreamDirectory, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /** Whether anything can be hidden at all. */
  get hidesSomething(): boolean {
    return this.#directory.hasControls;
  }

  /** Whether an event is shown to readers. */
  shows({ stream, revision, recordedAtMs }: Sighting): boolean {
    const control = this.#directory.control(stream);
    if (control === undefined) return true;
    if (revision < firstVisible({ last: this.#directory.last(stream), control })) return false;
    return !isExpired(control, recordedAtMs, this.#clock.now());
  }
}
