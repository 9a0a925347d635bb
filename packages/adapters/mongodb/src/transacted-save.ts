import type { NonEmpty, SaveOutcome, SegmentSave } from '@everfold/core';
import type { ClientSession } from 'mongodb';
import type { Connection } from './connection.js';
import { isDuplicate } from './failures.js';
import type { GuardedSave } from './guarded-save.js';

/** How a transaction is committed: as everything else is written. */
const COMMITTED = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority', j: true },
  readPreference: 'primary',
} as const;

/** Ends a transaction in which something was refused, so that nothing of it is written. */
class Refused {
  constructor(readonly outcomes: readonly SaveOutcome[]) {}
}

/**
 * Guarded writes inside a transaction for each save: where one of its segments is refused, each gets one of its own. The guards stay, because
 * servers that are compatible with MongoDB promise less of their transactions.
 */
export class TransactedSave {
  readonly #connection: Connection;
  readonly #guarded: GuardedSave;

  constructor(connection: Connection, guarded: GuardedSave) {
    this.#connection = connection;
    this.#guarded = guarded;
  }

  async run(parts: NonEmpty<SegmentSave>): Promise<readonly SaveOutcome[]> {
    const outcomes = await this.#together(parts);
    if (parts.length === 1 || outcomes.every(({ kind }) => kind === 'saved')) return outcomes;
    const alone: SaveOutcome[] = [];
    for (const part of parts) alone.push(...(await this.#together([part])));
    return alone;
  }

  /** All of them, or none. */
  async #together(parts: NonEmpty<SegmentSave>): Promise<readonly SaveOutcome[]> {
    const prepared = await this.#guarded.prepare(parts);
    try {
      return await this.#connection.client.withSession((session: ClientSession) =>
        session.withTransaction(async () => {
          const outcomes = await this.#guarded.run(prepared, { session });
          if (outcomes.some(({ kind }) => kind !== 'saved')) throw new Refused(outcomes);
          return outcomes;
        }, COMMITTED),
      );
    } catch (error) {
      if (error instanceof Refused) return error.outcomes;
      if (isDuplicate(error)) return parts.map(staleOf);
      throw error;
    }
  }
}

/** The first error ends a transaction, so that it is not known which documents stood there: all are loaded again. */
function staleOf({ documents }: SegmentSave): SaveOutcome {
  return { kind: 'stale', ids: documents.map(({ id }) => id) };
}
