import type { ReadModelStore } from '../../projection/read-model-store.js';

/** What an adapter gives its contract suite. `folder` is a new, empty folder of each test, removed after it. */
export interface ReadModelHarness {
  /** A new, empty store. Closed by the suite. */
  create(folder: string): Promise<ReadModelStore>;
  /** Opens the same data again, which lie in `folder`, after `store` was closed, where the store is durable. */
  reopen?(store: ReadModelStore, folder: string): Promise<ReadModelStore>;
  /** Opens the data of `store`, which stays open, a second time, as another process would. Closed by the suite. */
  beside?(store: ReadModelStore, folder: string): Promise<ReadModelStore>;
  /** How long to wait for what must happen, in milliseconds. Default 10,000. */
  readonly patienceMs?: number | undefined;
  /** What random documents and queries are drawn from; a failure names it. Default: another each time. */
  readonly seed?: number | undefined;
}
