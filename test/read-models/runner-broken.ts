import { type Fault, ledgers } from './runner-ledger.js';
import { type RunnerWorld, until } from './runner-world.js';

/** Events that a fold cannot take yet. */
export class Broken {
  readonly events = new Set<string>();
  /** Of every document: whatever comes. */
  readonly documents = new Set<string>();

  readonly fault: Fault = ({ eventId, documentId }, next) => {
    if (this.events.has(eventId) || this.documents.has(documentId)) throw new Error('Broken.');
    return next;
  };

  mend(): void {
    this.events.clear();
    this.documents.clear();
  }

  definition(options: object = {}) {
    return ledgers({ fault: this.fault, onFailure: 'park', maxAttempts: 2, ...options });
  }
}

/** Waits until so many events are parked. */
export async function parked(world: RunnerWorld, count: number): Promise<void> {
  await until(`${count} events are parked`, async () => (await world.parked()).length === count);
}
