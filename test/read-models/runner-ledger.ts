import { createHash } from 'node:crypto';
import {
  Event,
  type EventStore,
  type Projection,
  type ProjectionContext,
  type ProjectionOptions,
  projection,
  type ReadModelStore,
} from '@everfold/core';

export class Added extends Event('runner.added')<{ amount: number }> {}
/** Concerns several documents. */
export class Shared extends Event('runner.shared')<{ amount: number; among: string[] }> {}
export class Ended extends Event('runner.ended') {}
/** Nobody folds it. */
export class Foreign extends Event('runner.foreign') {}

/** A document that shows every event that is missing, doubled or out of its order. */
export interface Ledger {
  readonly sum: number;
  readonly count: number;
  readonly chain: string;
}

export const NOTHING: Ledger = { sum: 0, count: 0, chain: '' };

function linked(chain: string, eventId: string): string {
  return createHash('sha1').update(`${chain}/${eventId}`).digest('base64');
}

/** What is to go wrong in a fold: what it throws is what the fold throws, what it returns stands for the document. */
export type Fault = (context: ProjectionContext, next: Ledger) => Ledger | undefined;

export interface LedgerOptions extends Partial<ProjectionOptions<Ledger>> {
  readonly name?: string;
  readonly fault?: Fault | undefined;
}

/** One event more. */
export function addTo(
  { sum, count, chain }: Ledger,
  { amount }: { readonly amount: number },
  { eventId }: { readonly eventId: string },
): Ledger {
  return { sum: sum + amount, count: count + 1, chain: linked(chain, eventId) };
}

/** The projection under test. */
export function ledgers({
  name = 'ledgers',
  fault,
  ...options
}: LedgerOptions = {}): Projection<Ledger> {
  const add = (before: Ledger, event: { amount: number }, context: ProjectionContext) => {
    const next = addTo(before, event, context);
    return fault?.(context, next) ?? next;
  };
  return projection<Ledger>(name, { version: 1, initial: () => NOTHING, ...options })
    .on(Added, add)
    .on(Shared, add, { id: ({ among }) => among })
    .remove(Ended);
}

/** The same, from the log alone, one event after the other. */
export async function serialLedgers(
  eventStore: EventStore,
  isLeftOut: (eventId: string) => boolean = () => false,
): Promise<ReadonlyMap<string, Ledger>> {
  const documents = new Map<string, Ledger>();
  for await (const { id, type, stream, data } of eventStore.readAll()) {
    if (isLeftOut(id)) continue;
    const own = stream.slice(stream.indexOf('-') + 1);
    if (type === 'runner.ended') documents.delete(own);
    if (type !== 'runner.added' && type !== 'runner.shared') continue;
    const { amount, among = [own] } = data as { amount: number; among?: string[] };
    for (const document of among) {
      const { sum, count, chain } = documents.get(document) ?? NOTHING;
      documents.set(document, { sum: sum + amount, count: count + 1, chain: linked(chain, id) });
    }
  }
  return documents;
}

/** What is stored of a projection. */
export async function storedLedgers(
  readModels: ReadModelStore,
  name = 'ledgers',
): Promise<ReadonlyMap<string, Ledger>> {
  const query = { where: [], orderBy: [], limit: 100_000 };
  const found = await readModels.findDocuments(`${name}@1.1`, query);
  return new Map(found.map(({ id, document }) => [id, document as Ledger]));
}
