import type { SaveOutcome, SegmentSave } from '@everfold/core';
import type { ClientSession } from 'mongodb';
import type { Connection } from './connection.js';
import type { MongoCollections } from './documents.js';
import { isDuplicate } from './failures.js';
import type { GuardedSave, PreparedSave } from './guarded-save.js';

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
  readonly #collections: MongoCollections;
  readonly #guarded: GuardedSave;

  constructor(connection: Connection, collections: MongoCollections, guarded: GuardedSave) {
    this.#connection = connection;
    this.#collections = collections;
    this.#guarded = guarded;
  }

  async run(given: readonly SegmentSave[]): Promise<readonly SaveOutcome[]> {
    const prepared = await this.#guarded.prepare(given);
    const { parts } = prepared;
    const outcomes = await this.#together(prepared);
    const [only] = parts;
    if (only === undefined || outcomes.every(({ kind }) => kind === 'saved')) return outcomes;
    if (parts.length === 1)
      return outcomes[0]?.kind === 'stale' ? [await this.#staleOf(only)] : outcomes;
    const alone: SaveOutcome[] = [];
    for (const part of parts) alone.push(...(await this.run([part])));
    return alone;
  }

  /** Which documents of a part stand elsewhere, now that nothing of it was written. */
  async #staleOf({ collection, documents }: SegmentSave): Promise<SaveOutcome> {
    const ids = documents.map(({ id }) => id);
    if (collection === undefined) return { kind: 'stale', ids };
    const stored = await this.#collections.load(collection, ids);
    const stale = documents.filter(({ id, loadedAt }) => stored.get(id)?.position !== loadedAt);
    // What was in the way may be gone by now: all are loaded again.
    return { kind: 'stale', ids: stale.length === 0 ? ids : stale.map(({ id }) => id) };
  }

  /** All of them, or none. */
  async #together(prepared: PreparedSave): Promise<readonly SaveOutcome[]> {
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
      if (isDuplicate(error)) return prepared.parts.map(() => ({ kind: 'stale', ids: [] }));
      throw error;
    }
  }
}
