import type { Clock } from '../../event/clock.js';
import type { EventStore } from '../../event-store/event-store.js';

/** What an adapter gives its contract suite. `folder` is a new, empty folder of each test, removed after it. */
export interface EventStoreHarness {
  /** A new, empty store, or (with `shared`) one that other tests use too: streams are named uniquely. Closed by the suite. */
  create(folder: string): Promise<EventStore>;
  /** As `create`, with a clock that the suite moves: where it is missing, retention by age is tested against real time. */
  createWithClock?(clock: Clock, folder: string): Promise<EventStore>;
  /** Opens the same data again, which lie in `folder`, after `store` was closed, where the store is durable. */
  reopen?(store: EventStore, folder: string): Promise<EventStore>;
  /** Whether `create` may return a log that holds other events. Default false: what an empty log shows is tested too. */
  readonly shared?: boolean | undefined;
  /** How long to wait for what must happen, in milliseconds. Default 3,000. */
  readonly patienceMs?: number | undefined;
}
