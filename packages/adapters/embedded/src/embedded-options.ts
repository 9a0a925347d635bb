// In a file of its own: what declares the parts of a store declares LMDB, whose types do not compile everywhere.
import type { Clock } from '@everfold/core';

/** Where an embedded store lies, and how it behaves. */
export interface EmbeddedOptions {
  /** The folder of the store, on a local disk; made when it is missing. Never a network file system. */
  readonly folder: string;
  /**
   * The most bytes that the data file may grow to; what would go beyond is refused with {@link StoreUnavailableError}, by this
   * opening of the store. An integer from 1 MiB. Default 1 TiB.
   */
  readonly maxBytes?: number | undefined;
  /** Gives `recordedAt`, and what retention by age is measured against. Default: the machine's. */
  readonly clock?: Clock | undefined;
}
