import type { Clock } from '../event/clock.js';
import type { EventStore } from '../event-store/event-store.js';
import type { ReadModelStore } from '../projection/read-model-store.js';

/** How processes share the segments of a consumer. Times in milliseconds. */
export interface LeaseOptions {
  /** How often a process says that it lives. Default 500. */
  readonly heartbeatMs?: number | undefined;
  /**
   * How long a process may be silent before others take its segments; it stops working by itself at two thirds of it. At least four times
   * `heartbeatMs`. Default 3,000.
   */
  readonly timeToLiveMs?: number | undefined;
  /**
   * How long the marker of a removed document is kept after every segment has passed it, where a store writes documents one by one
   * (`guarded`): as long as a process may hang between reading and writing, and still come back. At least ten times `timeToLiveMs`.
   * Default 86,400,000, a day.
   */
  readonly keepMarkersMs?: number | undefined;
}

/** How failing events and an unreachable store are tried again. Times in milliseconds. */
export interface RetryPolicy {
  /** The pause before the first repeat; doubled with each, of which a random part is taken. Default 100. */
  readonly baseMs?: number | undefined;
  /** The longest pause. Default 5,000. */
  readonly maxMs?: number | undefined;
}

/** Something that an operator should know of. */
export type ConsumerReport =
  | {
      readonly kind: 'retrying';
      readonly consumer: string;
      readonly error: unknown;
      readonly attempt: number;
    }
  | { readonly kind: 'recovered'; readonly consumer: string }
  | {
      readonly kind: 'parked';
      readonly consumer: string;
      readonly documentId: string;
      readonly error: unknown;
    }
  | {
      readonly kind: 'stopped';
      readonly consumer: string;
      readonly segment?: number | undefined;
      readonly error: unknown;
    }
  | { readonly kind: 'lease-lost'; readonly consumer: string; readonly segment: number }
  | {
      readonly kind: 'taken-over';
      readonly consumer: string;
      readonly segment: number;
      readonly from: string;
    };

/** Options of {@link runConsumers}. */
export interface RunConsumersOptions {
  readonly eventStore: EventStore;
  /** Where documents and checkpoints lie. Default: the event store, where it keeps read models too. */
  readonly readModels?: ReadModelStore | undefined;
  /** Projections and reactors; others are passed over. */
  readonly definitions: readonly { readonly name: string }[];
  /** Which of them this process runs. Default `'all'`. */
  readonly consumers?: 'all' | 'none' | readonly string[] | undefined;
  readonly leases?: LeaseOptions | undefined;
  readonly retry?: RetryPolicy | undefined;
  /** Told what an operator should know. Default: written to standard error, a line each. */
  readonly report?: ((report: ConsumerReport) => void) | undefined;
  readonly clock?: Clock | undefined;
}

/** How a consumer stands, as this process sees it. */
export interface ConsumerStatus {
  /** Of the projection or the reactor. */
  readonly name: string;
  /** Of projections: `name@version.generation`. */
  readonly consumer: string;
  readonly kind: 'projection' | 'reactor';
  /** Of its segments: how many there are, and how many this process owns. */
  readonly segments: { readonly total: number; readonly owned: number };
  /** `'running'`; `'stopped'`: a segment does not go on, or the consumer cannot; `'retrying'`: the store cannot be reached just now; `'paused'`. */
  readonly state: 'running' | 'retrying' | 'stopped' | 'paused';
  /** Why it is stopped or retrying. */
  readonly error?: string | undefined;
  /** How many milliseconds ago the oldest event was recorded that is not handled yet; 0 means caught up; `'unknown'` when nobody can tell. */
  readonly lagMs: number | 'unknown';
  readonly stopped: number;
  readonly parked: number;
}

/** Consumers that run in this process. */
export interface Consumers extends AsyncDisposable {
  /** How they stand: asks the read-model store. While that cannot be reached they are `'retrying'`, and nothing is known of stopped or parked. */
  status(): Promise<readonly ConsumerStatus[]>;
  /**
   * Resolves when every consumer that this process runs is caught up with what the log held at the call, whoever owns its segments.
   * Goes on waiting while a store cannot be reached, and while a segment is stopped. Rejects with an `AbortError` when they are closed
   * before, and when the signal is aborted.
   */
  caughtUp(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /** Resolves when they were closed; what stops single consumers shows in {@link status}. */
  readonly ended: Promise<void>;
}
