import type { ParkedRecord, SegmentRecord } from '../consumer/records.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { ReadModelStore } from './read-model-store.js';

/** What {@link createAdministration} needs. */
export interface AdministrationOptions {
  readonly eventStore: EventStore;
  /** Default: the event store, where it keeps read models too. */
  readonly readModels?: ReadModelStore | undefined;
  /** Projections and reactors as the application declares them. */
  readonly definitions: readonly { readonly name: string }[];
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
  /** The position up to which both were compared. */
  readonly position: Position | undefined;
  readonly differences: readonly Difference[];
}

/** Options of {@link Administration.rebuild} and {@link Administration.switch}. */
export interface SwitchOptions extends OperationOptions {
  /** Switches although events found no document because the beginning of their stream is gone. Default false. */
  readonly acceptOrphans?: boolean | undefined;
}

/** A parked event with where it stands. */
export interface ParkedEvent extends ParkedRecord {
  readonly consumer: string;
  readonly segment: number;
}

/** What operators do with projections and reactors, from any process, beside those that run them. */
export interface Administration {
  /** Everything declared or stored. */
  list(): Promise<readonly ConsumerInfo[]>;
  /**
   * Fills a new generation beside the one in use and switches to it when it is caught up. Interrupted, it is resumed by the next call.
   *
   * @param options.switch - Whether to switch at the end. Default true.
   */
  rebuild(
    name: string,
    options?: SwitchOptions & { readonly switch?: boolean | undefined },
  ): Promise<{ readonly consumer: string; readonly switched: boolean; readonly events: number }>;
  /** Folds the log again aside and compares. */
  verify(
    name: string,
    options?: OperationOptions & { readonly generation?: number | undefined },
  ): Promise<Verification>;
  /** Switches to a generation that is caught up; the one in use is kept for rollback. */
  switch(name: string, generation: number, options?: SwitchOptions): Promise<void>;
  /** Switches back to the generation in use before. */
  rollback(name: string, options?: SwitchOptions): Promise<void>;
  /** Removes a generation (or, with a version that is not declared any more, all of its) that is not in use. */
  drop(
    name: string,
    target: { readonly version?: number | undefined; readonly generation?: number | undefined },
    options?: OperationOptions,
  ): Promise<void>;
  /** Holds all versions, in every process, within a heartbeat. */
  pause(name: string): Promise<void>;
  /** Lets them go on; stopped segments try again. */
  resume(name: string): Promise<void>;
  /** Parked events, by document and position. */
  parked(name?: string): Promise<readonly ParkedEvent[]>;
  /** Asks the owner to retry the parked events of a document (default: of all). @returns How many documents were asked for. */
  retryParked(name: string, documentId?: string): Promise<number>;
  /** Asks the owner to drop the failing event of a document, and to retry what waits behind it. */
  dropParked(name: string, documentId: string): Promise<number>;
}
