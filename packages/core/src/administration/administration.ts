import type { ConsumerReport, LeaseOptions, RetryPolicy } from '../consumer/options.js';
import type { ParkedRecord, SegmentRecord } from '../consumer/records.js';
import type { Clock } from '../event/clock.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { ReadModelStore } from '../projection/read-model-store.js';

/** What {@link createAdministration} needs. */
export interface AdministrationOptions {
  readonly eventStore: EventStore;
  /** Default: the event store, where it keeps read models too. */
  readonly readModels?: ReadModelStore | undefined;
  /** Projections and reactors as the application declares them. */
  readonly definitions: readonly { readonly name: string }[];
  /** As the application's: by them one process tells whether another lives. */
  readonly leases?: LeaseOptions | undefined;
  readonly retry?: RetryPolicy | undefined;
  /** Told what an operator should know while a generation is filled. Default: nobody is; what ends an operation is thrown. */
  readonly report?: ((report: ConsumerReport) => void) | undefined;
  readonly clock?: Clock | undefined;
}

/** One generation of a projection, or a reactor, as its store knows it. */
export interface ConsumerInfo {
  readonly name: string;
  readonly kind: 'projection' | 'reactor';
  readonly consumer: string;
  readonly version?: number | undefined;
  readonly generation?: number | undefined;
  readonly state: 'filling' | 'serving' | 'kept' | 'dropping' | 'running';
  /** Whether the given definitions declare this version. */
  readonly declared: boolean;
  readonly paused: boolean;
  readonly commit: 'atomic' | 'guarded';
  /** What the store says of itself: where it is and how it writes. `undefined` when it says nothing. */
  readonly store?: string | undefined;
  readonly segments: readonly (SegmentRecord & { readonly segment: number })[];
  /** The least position of its segments; `undefined` before anything was handled. */
  readonly position: Position | undefined;
  /** 0 means caught up; `'unknown'` when nobody feeds it. */
  readonly lagMs: number | 'unknown';
  readonly parked: number;
  readonly stopped: number;
  readonly orphaned: number;
}

/** How far a long operation is. */
export interface Progress {
  readonly phase: string;
  /** Events handled so far, and how many there are, as far as known. */
  readonly done: number;
  readonly total?: number | undefined;
  /** Of what is fed from the log: up to where everything is handled. */
  readonly position?: Position | undefined;
  /** Of what is fed from the log: where that ended when it was looked at last. */
  readonly head?: Position | undefined;
}

/** Options of long operations. */
export interface OperationOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** A document that is not what the log says. */
export interface Difference {
  readonly documentId: string;
  readonly kind: 'missing' | 'unexpected' | 'differs';
  /** What is stored. */
  readonly actual?: object | undefined;
  /** What a fold of the log comes to. */
  readonly expected?: object | undefined;
}

/** What {@link Administration.verify} found. */
export interface Verification {
  readonly consumer: string;
  readonly events: number;
  readonly documents: number;
  /** The position up to which both were compared, at least. */
  readonly position: Position | undefined;
  /** Documents that were not compared: the beginning of their stream is gone. */
  readonly incomparable: number;
  readonly differences: readonly Difference[];
}

/** Options of {@link Administration.rebuild} and {@link Administration.switch}. */
export interface SwitchOptions extends OperationOptions {
  /** Switches although events found no document because the beginning of their stream is gone. Default false. */
  readonly acceptOrphans?: boolean | undefined;
  /** Switches although documents are parked there, so that readers see these as they stood before. Default false. */
  readonly acceptParked?: boolean | undefined;
}

/** Options of {@link Administration.rebuild}. */
export interface RebuildOptions extends SwitchOptions {
  /** Whether to switch at the end. Default true. */
  readonly switch?: boolean | undefined;
  /** Drops what an interrupted rebuild has filled, and begins anew: after the folds were changed. Default false: goes on with it. */
  readonly restart?: boolean | undefined;
}

/** A parked event with where it stands. */
export interface ParkedEvent extends ParkedRecord {
  readonly consumer: string;
  readonly segment: number;
}

/** What operators do with projections and reactors, from any process, beside those that run them. Names that are not known are a `TypeError`. */
export interface Administration {
  /**
   * Everything declared or stored. Where segments have owners it takes about two heartbeats: only those whose counter changes meanwhile
   * are alive.
   */
  list(): Promise<readonly ConsumerInfo[]>;
  /**
   * Fills a new generation beside the one in use and switches to it when it is caught up. Interrupted, it is resumed by the next call.
   * A version that was never complete is filled itself: reads get it as soon as it is.
   *
   * @throws {@link GenerationRefusedError} when the new generation stops at a failing event, has parked documents, or the projection is
   * paused; what is filled stays.
   * @throws {@link OrphanedEventsError}, {@link SwitchInterruptedError} The generation is filled and not switched to.
   */
  rebuild(
    name: string,
    options?: RebuildOptions,
  ): Promise<{ readonly consumer: string; readonly switched: boolean; readonly events: number }>;
  /**
   * Folds the log again aside, in memory, and compares each stored document at the very position that it has seen, while the application
   * goes on writing. Takes memory of about twice the documents' JSON. Parked documents are compared up to their first parked
   * event; events whose fold throws are taken as dropped; documents of streams whose beginning is gone (retention) are not compared.
   */
  verify(
    name: string,
    options?: OperationOptions & { readonly generation?: number | undefined },
  ): Promise<Verification>;
  /**
   * Feeds a generation until it is caught up, and switches to it: no reader sees the read model go back. The one in use stands still for a
   * moment meanwhile, and is kept for rollback. Interrupted at any moment, the one in use goes on after the time to live.
   *
   * @throws {@link GenerationRefusedError}, {@link OrphanedEventsError}, {@link SwitchInterruptedError} The one in use is as before.
   */
  switch(name: string, generation: number, options?: SwitchOptions): Promise<void>;
  /** Switches back to the generation in use before. Orphans are no reason: it was in use. @throws As {@link switch}. */
  rollback(name: string, options?: SwitchOptions): Promise<void>;
  /**
   * Removes a generation (or, with a version that is not declared any more, all of its) that is not in use. Interrupted, it may be done
   * again.
   *
   * @throws {@link GenerationRefusedError} when it is in use, or there is none.
   */
  drop(
    name: string,
    target: { readonly version?: number | undefined; readonly generation?: number | undefined },
    options?: OperationOptions,
  ): Promise<void>;
  /** Holds all versions, in every process, within a heartbeat. */
  pause(name: string): Promise<void>;
  /** Lets them go on; stopped segments try again. */
  resume(name: string): Promise<void>;
  /** Parked events, by consumer, segment and position. */
  parked(name?: string): Promise<readonly ParkedEvent[]>;
  /** Asks the owner to retry the parked events of a document (default: of all). @returns How many documents were asked for. */
  retryParked(name: string, documentId?: string): Promise<number>;
  /** Asks the owner to drop the failing event of a document, and to retry what waits behind it. @returns How many were asked for. */
  dropParked(name: string, documentId: string): Promise<number>;
}
