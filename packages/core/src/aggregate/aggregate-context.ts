import type { Metadata } from '../event/metadata.js';

/**
 * What an aggregate's fold may know of an event beside its data. Folds also run before the append, when there is neither
 * position nor time of recording yet.
 */
export interface AggregateContext {
  /** The id of the event: a UUID. */
  readonly eventId: string;
  /** The stream of the aggregate: `category-id`. */
  readonly stream: string;
  readonly aggregateId: string;
  /** The 0-based place of the event in its stream. */
  readonly revision: number;
  readonly metadata: Metadata;
}
