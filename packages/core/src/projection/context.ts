import type { AggregateContext } from '../aggregate/aggregate-context.js';
import type { Position } from '../event-store/position.js';

/** What a consumer of the log may know of an event. */
export interface EventContext extends AggregateContext {
  /** Place in the whole log. */
  readonly position: Position;
  /** When it was appended, by the clock of the writer; UTC. */
  readonly recordedAt: Date;
}

/** What a projection's fold may know of an event, and of the document that it folds into. */
export interface ProjectionContext extends EventContext {
  readonly documentId: string;
}
