import type { Sighting } from './consumer-engine.js';
import type { ConsumerWork } from './work.js';

/** @internal What runs one consumer in this process, as the host sees it. */
export interface Engine {
  readonly work: Pick<ConsumerWork, 'name' | 'kind' | 'consumer' | 'segments' | 'filter'>;
  /** Whether this process competes for segments. */
  readonly isRunning: boolean;
  /** How many segments this process owns. */
  readonly owned: number;
  /** Why it does not go on; `undefined` while it does. */
  readonly error: unknown;
  readonly isRetrying: boolean;
  readonly isPaused: boolean;
  /** Comes to its share, answers requests, heeds what operators say. */
  heed(sighting: Sighting): Promise<void>;
  /** Ends work and gives all segments back. */
  close(): Promise<void>;
}
