import type { StoredRecord } from '../projection/read-model-store.js';
import type { EngineParts } from './consumer-engine.js';
import type { Engine } from './engine.js';
import type { Membership } from './membership.js';

/** @internal A definition, as the host runs it: one consumer, or (of a projection) one for each generation that is fed. */
export interface ConsumerSource {
  /** Of the projection or reactor. */
  readonly name: string;
  readonly kind: 'projection' | 'reactor';
  /** Whether all that it feeds has been complete once. */
  readonly isComplete: boolean;
  /** Makes its records where they are missing. */
  prepare(): Promise<void>;
  /** Looks at what is stored, and says which consumers are to run. */
  heed(stored: SourceSighting): Promise<readonly SourceConsumer[]>;
}

/** @internal What a source sees of the store at a heartbeat. */
export interface SourceSighting {
  readonly models: readonly StoredRecord[];
  readonly segmentsOf: (consumer: string) => readonly StoredRecord[];
  readonly membership: Membership;
}

/** @internal A consumer that is to run. */
export interface SourceConsumer {
  readonly consumer: string;
  /** Whether its free segments may be taken just now. */
  readonly mayTake: boolean;
  readonly create: (parts: EngineParts) => Engine;
}
