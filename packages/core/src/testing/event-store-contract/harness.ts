import type { Clock } from '../../event/clock.js';
import type { EventStore } from '../../event-store/event-store.js';

/** What an adapter gives its contract suite. */
export interface EventStoreHarness {
  /** A new, empty store, or (with `shared`) one that other tests use too: streams are named uniquely. Closed by the suite. */
  create(): Promise<EventStore>;
  /** As `create`, with a clock that the suite moves: where it is missing, retention by age is tested against real time. */
  createWithClock?(clock: Clock): Promise<EventStore>;
  /** Opens the same data again after `store` was closed, where the store is durable. */
  reopen?(store: EventStore): Promise<EventStore>;
  /** Whether `create` may return a log that holds other events. Default false: what an empty log shows is tested too. */
  readonly shared?: boolean | undefined;
  /** How long to wait for what must happen, in milliseconds. Default 3,000. */
  readonly patienceMs?: number | undefined;
}
