import type { SegmentHold } from '../consumer/segment-hold.js';
import { segmentOf } from '../consumer/segment-of.js';
import type { WorkFailure } from '../consumer/work.js';
import { EventVersionTooNewError } from '../event/errors.js';
import type { EventStore, NonEmpty } from '../event-store/event-store.js';
import type { ProjectionDefinition } from './definition.js';
import { findDocumentProblem } from './documents/document-codec.js';
import { isRefusal, UnserializableDocumentError } from './errors.js';
import { Orphans } from './orphans.js';
import type { ReadModelStore, SaveOutcome, SegmentSave } from './read-model-store.js';
import type { SegmentTurn } from './segment-turn.js';

/** @internal Why a segment is folded again: its documents did not stand where they were loaded. */
export const STALE = Symbol('stale');

interface Parts {
  readonly definition: ProjectionDefinition;
  readonly consumer: string;
  readonly eventStore: EventStore;
  readonly readModels: ReadModelStore;
  readonly countsOrphans: () => boolean;
  /** How many documents of a segment are parked. */
  readonly parkedOf: (hold: SegmentHold) => number;
  readonly written: (hold: SegmentHold) => void;
  /** What a segment had come to was not written, and is forgotten. */
  readonly drop: (hold: SegmentHold) => void;
}

/** @internal Writes what segments have come to, and sorts out what became of it. */
export class TurnWriter {
  readonly #parts: Parts;
  readonly #orphans: Orphans;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#orphans = new Orphans(parts.eventStore);
  }

  /** @param failures - Where the segments are noted that could not be written. */
  async write(turns: readonly SegmentTurn[], failures: WorkFailure[]): Promise<void> {
    const { consumer, readModels, parkedOf } = this.#parts;
    const good = turns.filter((turn) => this.#isGood(turn, failures));
    const parts: SegmentSave[] = [];
    for (const turn of good) {
      await this.#countOrphans(turn);
      parts.push(turn.save(consumer, parkedOf(turn.hold)));
    }
    if (!isNonEmpty(parts)) return;
    let outcomes: readonly SaveOutcome[];
    try {
      outcomes = await readModels.save(parts);
    } catch (error) {
      await this.#refused(error, good, failures);
      return;
    }
    for (const [index, turn] of good.entries()) this.#settle(turn, outcomes[index], failures);
  }

  #isGood(turn: SegmentTurn, failures: WorkFailure[]): boolean {
    const failure = turn.failure ?? unserializable(turn);
    if (failure === undefined) return true;
    if (failure.error instanceof EventVersionTooNewError) throw failure.error;
    failures.push(failure);
    this.#parts.drop(turn.hold);
    return false;
  }

  async #countOrphans(turn: SegmentTurn): Promise<void> {
    if (turn.skipped.length > 0 && this.#parts.countsOrphans())
      turn.orphaned = await this.#orphans.count(turn.skipped);
  }

  #settle(turn: SegmentTurn, outcome: SaveOutcome | undefined, failures: WorkFailure[]): void {
    const { hold } = turn;
    if (outcome?.kind === 'saved') {
      this.#saved(turn, outcome.version);
      return;
    }
    this.#parts.drop(hold);
    if (outcome?.kind === 'stale') failures.push({ hold, error: STALE });
    else hold.lose();
  }

  #saved(turn: SegmentTurn, version: number): void {
    const { readModels, parkedOf, written } = this.#parts;
    const isAtomic = readModels.commit === 'atomic';
    for (const entry of turn.changed) {
      const isGone = isAtomic && entry.document === undefined && entry.parkedSince === undefined;
      entry.loadedAt = isGone ? undefined : entry.position;
      entry.changedBy = undefined;
    }
    written(turn.hold);
    turn.hold.stands(version, turn.record(parkedOf(turn.hold)));
  }

  /** One document was refused: its segment fails, the others are folded again. */
  async #refused(
    error: unknown,
    turns: readonly SegmentTurn[],
    failures: WorkFailure[],
  ): Promise<void> {
    if (!isRefusal(error)) throw error;
    const { definition, readModels, drop } = this.#parts;
    const { documentId } = error;
    const segment = segmentOf(documentId, definition.segments);
    for (const { hold } of turns) {
      drop(hold);
      await hold.refresh(readModels);
      if (!hold.isHeld) continue;
      failures.push(
        hold.segment === segment ? { hold, error, documentId } : { hold, error: STALE },
      );
    }
  }
}

/** What was folded and cannot be stored. */
function unserializable({ hold, changed }: SegmentTurn): WorkFailure | undefined {
  for (const { id, document } of changed) {
    try {
      const problem = document === undefined ? undefined : findDocumentProblem(document);
      if (problem === undefined) continue;
      const error = new UnserializableDocumentError(id, problem.path, problem.reason);
      return { hold, error, documentId: id };
    } catch (error) {
      return { hold, error, documentId: id };
    }
  }
  return undefined;
}

function isNonEmpty(parts: readonly SegmentSave[]): parts is NonEmpty<SegmentSave> {
  return parts.length > 0;
}
