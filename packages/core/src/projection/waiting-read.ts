import type { SegmentRecord } from '../consumer/records.js';
import { keys } from '../consumer/records.js';
import { ForeignPositionError } from '../event-store/errors.js';
import type { Position } from '../event-store/position.js';
import type { TokenContent } from '../event-store/token.js';
import { createToken, readToken } from '../event-store/token.js';
import { reasonFor } from './behind-reason.js';
import { ReadModelBehindError } from './errors.js';
import type { Observed } from './observed-reads.js';
import type { GenerationInUse, ModelName, ModelProgress } from './progress.js';
import { generationInUse, hasReached, progressOf, segmentsOf } from './progress.js';
import { timeoutOf } from './read-arguments.js';
import type { ReadOptions } from './read-model.js';
import type { ReadModelStore, StoredDocument } from './read-model-store.js';

/** @internal What one attempt to read came to. */
export interface Loaded<T> {
  readonly value: T;
  /** All that were looked at, markers too. */
  readonly documents: Iterable<StoredDocument>;
  /** Whether it may have looked the same if the collection had been dropped meanwhile. */
  readonly isDoubtful: boolean;
  /** Whether the documents themselves have a position that their segments have not; default: that is not known. */
  readonly has?: ((position: Position) => boolean) | undefined;
}

/** @internal What is to be read. */
export interface ReadPlan<T> {
  /** The segments that the documents belong to; default: all. */
  readonly concerns?: ((segments: number) => readonly number[]) | undefined;
  /** Whether the documents may have a position before their segments have it, so that looking at them is worth while. */
  readonly mayBeAhead: boolean;
  /** Whether `load` wants to know how far the segments are. */
  readonly needsSegments: boolean;
  load(
    generation: GenerationInUse,
    segments: ModelProgress['segments'],
    position: Position | undefined,
  ): Promise<Loaded<T>>;
}

/** What an attempt found missing. */
interface Behind {
  readonly position: Position | undefined;
  readonly wanted: readonly number[];
}

/**
 * @internal One read of a stored read model: it is done on the generation in use, done again when that changed under its hands, and
 * waits for what it must have seen.
 */
export class WaitingRead {
  readonly #store: ReadModelStore;
  readonly #model: ModelName;
  readonly #after: TokenContent | undefined;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #began = performance.now();

  /** @throws TypeError when an option is malformed. */
  constructor(store: ReadModelStore, model: ModelName, options: ReadOptions = {}) {
    this.#store = store;
    this.#model = model;
    this.#after = options.after === undefined ? undefined : readToken(options.after);
    this.#timeoutMs = timeoutOf(options.timeoutMs);
    this.#signal = options.signal;
  }

  /**
   * Reads.
   *
   * @param isObserved - Whether somebody wants to know what was seen, which costs a look at the checkpoints.
   */
  async run<T>(plan: ReadPlan<T>, isObserved: boolean): Promise<Observed<T>> {
    const looks = isObserved || plan.needsSegments || this.#after !== undefined;
    for (let isLast = false; ; ) {
      const generation = await this.#generation();
      const attempt = await this.#attempt(plan, generation, looks);
      if (attempt === 'switched') continue;
      if ('value' in attempt) return attempt;
      if (isLast) throw await this.#behind(attempt.position, attempt.wanted);
      isLast = !(await this.#advance(generation, attempt));
    }
  }

  async #attempt<T>(
    plan: ReadPlan<T>,
    generation: GenerationInUse,
    looksAtSegments: boolean,
  ): Promise<Observed<T> | Behind | 'switched'> {
    const position = this.#positionIn(generation);
    const wanted = wantedOf(plan, generation);
    // Checkpoints first: documents that are read after them have seen at least as much.
    const segments = looksAtSegments ? await this.#segments(generation, wanted) : [];
    const isThere = haveReached(segments, { position, wanted });
    if (!isThere && !plan.mayBeAhead) return { position, wanted };
    const loaded = await this.#load(plan, generation, segments, position);
    if (loaded === undefined) return 'switched';
    if (!isThere && position !== undefined && loaded.has?.(position) !== true)
      return { position, wanted };
    if (loaded.isDoubtful && !(await this.#isInUse(generation))) return 'switched';
    const seen = seenBy(loaded.documents, segments, wanted, generation);
    return { value: loaded.value, seen };
  }

  async #generation(): Promise<GenerationInUse> {
    this.#signal?.throwIfAborted();
    for (let isLast = false; ; ) {
      const generation = await generationInUse(this.#store, this.#model);
      if (generation !== undefined) return generation;
      if (isLast) throw await this.#behind(undefined);
      isLast = !(await this.#until((progress) => progress !== undefined));
    }
  }

  #positionIn({ model: { log } }: GenerationInUse): Position | undefined {
    if (this.#after === undefined) return undefined;
    const { identity, position } = this.#after;
    if (identity === log) return position;
    throw new ForeignPositionError(position, identity, log);
  }

  async #segments(
    generation: GenerationInUse,
    wanted: readonly number[],
  ): Promise<ModelProgress['segments']> {
    const [only] = wanted;
    if (only === undefined || wanted.length > 1) return segmentsOf(this.#store, generation);
    const record = await this.#store.readRecord(keys.segment(generation.consumer, only));
    const segments: (SegmentRecord | undefined)[] = [];
    segments[only] = record?.value as SegmentRecord | undefined;
    return segments;
  }

  /** @returns `undefined` when it failed, and another generation is in use by now. */
  async #load<T>(
    plan: ReadPlan<T>,
    generation: GenerationInUse,
    segments: ModelProgress['segments'],
    position: Position | undefined,
  ): Promise<Loaded<T> | undefined> {
    try {
      return await plan.load(generation, segments, position);
    } catch (error) {
      if (await this.#isInUse(generation)) throw error;
      return undefined;
    }
  }

  async #isInUse({ consumer }: GenerationInUse): Promise<boolean> {
    return (await generationInUse(this.#store, this.#model))?.consumer === consumer;
  }

  #advance({ consumer }: GenerationInUse, behind: Behind): Promise<boolean> {
    return this.#until(
      (progress) =>
        progress !== undefined &&
        (progress.consumer !== consumer || haveReached(progress.segments, behind)),
    );
  }

  async #until(isMet: (progress: ModelProgress | undefined) => boolean): Promise<boolean> {
    const timeoutMs = this.#timeoutMs - (performance.now() - this.#began);
    if (timeoutMs <= 0) return false;
    return progressOf(this.#store, this.#model).until(isMet, { timeoutMs, signal: this.#signal });
  }

  async #behind(position: Position | undefined, wanted?: readonly number[]): Promise<Error> {
    const reason = await reasonFor(this.#store, this.#model, wanted);
    return new ReadModelBehindError(this.#model.name, position, this.#timeoutMs, reason);
  }
}

function wantedOf(plan: ReadPlan<unknown>, { model }: GenerationInUse): readonly number[] {
  const count = model.fingerprint.segments;
  return plan.concerns?.(count) ?? Array.from({ length: count }, (_, segment) => segment);
}

function haveReached(segments: ModelProgress['segments'], { position, wanted }: Behind): boolean {
  return (
    position === undefined || wanted.every((segment) => hasReached(segments[segment], position))
  );
}

function seenBy(
  documents: Iterable<StoredDocument>,
  segments: ModelProgress['segments'],
  wanted: readonly number[],
  { model }: GenerationInUse,
): Observed<unknown>['seen'] {
  let seen: Position | undefined;
  const see = (position: Position | undefined) => {
    if (position !== undefined && (seen === undefined || position > seen)) seen = position;
  };
  for (const { position } of documents) see(position);
  for (const segment of wanted) see(segments[segment]?.checkpoint?.position);
  return seen === undefined ? undefined : createToken(model.log, seen);
}
