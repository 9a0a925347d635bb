import type { Backoff } from '../backoff.js';
import { backOff } from '../backoff.js';
import { Mutex } from '../consumer/mutex.js';
import type { StoppedAt } from '../consumer/records.js';
import type { NonEmpty } from '../event-store/event-store.js';
import type { ReadModelStore, SaveOutcome } from '../projection/read-model-store.js';
import { isPassing } from '../subscription/passing.js';
import type { LaneProgress, ReactorLane } from './reactor-lane.js';

/** How long a write waits behind the one before, so that many events cost one. */
const PAUSE_MS = 25;

/** @internal What {@link LaneCommits} work with. */
export interface CommitParts {
  readonly readModels: ReadModelStore;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
  readonly retrying: (error: unknown, attempt: number) => void;
  readonly recovered: () => void;
  /** Lanes whose segments were lost. */
  readonly lost: (lane: ReactorLane) => void;
  readonly failed: (error: unknown) => void;
}

interface Pending {
  readonly lane: ReactorLane;
  readonly progress: LaneProgress;
}

/** @internal Writes what the lanes of a reactor have come to, all in one go; every write of their segments' records goes through it. */
export class LaneCommits {
  readonly #parts: CommitParts;
  readonly #changed = new Set<ReactorLane>();
  readonly #turns = new Mutex();
  #timer: NodeJS.Timeout | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #attempt = 0;

  constructor(parts: CommitParts) {
    this.#parts = parts;
  }

  /** A lane has something to write. */
  mark(lane: ReactorLane): void {
    this.#changed.add(lane);
    this.#schedule();
  }

  /** Runs what writes a segment's record, and nothing else meanwhile. */
  exclusive<T>(run: () => Promise<T>): Promise<T> {
    return this.#turns.run(run);
  }

  /** Writes what there is, without a pause. Resolves when it was tried once. */
  async flush(): Promise<void> {
    this.#unschedule();
    await this.#turns.run(() => this.#write());
  }

  /** Says in the segment's record why it does not go on; `undefined`: it goes on. */
  async stopped(lane: ReactorLane, stopped: StoppedAt | undefined): Promise<void> {
    const { readModels, backoff, signal, retrying } = this.#parts;
    const { hold } = lane;
    // What was to be said of it may be over by the time the store can be reached.
    const isSo = () => (lane.mode === 'stopped') === (stopped !== undefined);
    for (let attempt = 1; hold.isHeld && isSo() && !signal.aborted; attempt += 1)
      try {
        await this.#turns.run(() => hold.write(readModels, { stopped }));
        if (!hold.isHeld) this.#parts.lost(lane);
        return;
      } catch (error) {
        retrying(error, attempt);
        await backOff(attempt, backoff, signal).catch(() => undefined);
        await this.#turns.run(() => hold.refresh(readModels)).catch(() => undefined);
      }
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#parts.signal.aborted) return;
    const wait = Math.max(0, this.#lastMs + PAUSE_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#turns.run(() => this.#write());
    }, wait);
  }

  #unschedule(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #write(): Promise<void> {
    const pending = this.#pending();
    const parts = pending.map(({ progress }) => progress.part);
    if (!isNonEmpty(parts)) {
      this.#recover();
      return;
    }
    try {
      this.#written(pending, await this.#parts.readModels.save(parts));
    } catch (error) {
      await this.#failed(error, pending);
    }
    this.#lastMs = performance.now();
    if (this.#changed.size > 0) this.#schedule();
  }

  #pending(): readonly Pending[] {
    const pending: Pending[] = [];
    for (const lane of this.#changed) {
      if (!lane.hold.isHeld) this.#parts.lost(lane);
      const progress = lane.hold.isHeld ? lane.progress() : undefined;
      if (progress !== undefined) pending.push({ lane, progress });
    }
    this.#changed.clear();
    return pending;
  }

  #written(pending: readonly Pending[], outcomes: readonly SaveOutcome[]): void {
    for (const [index, { lane, progress }] of pending.entries()) {
      const outcome = outcomes[index];
      if (outcome?.kind === 'saved') lane.hold.stands(outcome.version, progress.record);
      else this.#lose(lane);
    }
    this.#recover();
  }

  /** The store was reached. */
  #recover(): void {
    if (this.#attempt > 0) this.#parts.recovered();
    this.#attempt = 0;
  }

  #lose(lane: ReactorLane): void {
    lane.hold.lose();
    this.#parts.lost(lane);
  }

  /** It is not known what was written: the records tell. */
  async #failed(error: unknown, pending: readonly Pending[]): Promise<void> {
    const { signal, backoff, retrying, failed } = this.#parts;
    if (isPassing(error)) {
      this.#attempt += 1;
      retrying(error, this.#attempt);
      await backOff(this.#attempt, backoff, signal).catch(() => undefined);
    }
    for (const { lane, progress } of pending) {
      if (!(await this.#wasWritten(lane, progress))) lane.unsaved(progress);
      this.#changed.add(lane);
    }
    if (!isPassing(error)) failed(error);
  }

  /** Whether a write was carried out, though its answer was lost: nobody else writes the record while the segment is held. */
  async #wasWritten({ hold }: ReactorLane, { part }: LaneProgress): Promise<boolean> {
    const isKnown = await hold.refresh(this.#parts.readModels).then(
      () => true,
      () => false,
    );
    return isKnown && hold.isHeld && hold.version > part.segment.version;
  }
}

function isNonEmpty<T>(list: readonly T[]): list is NonEmpty<T> {
  return list.length > 0;
}
