import type { Json } from '../event/json.js';

/** The state of an aggregate as it was stored: a cache that may always be thrown away. */
export interface Snapshot {
  /** The stream it was folded from. */
  readonly stream: string;
  /** The revision of the last event in it. */
  readonly revision: number;
  /** What the repository wrote, with a checksum; opaque to stores. A snapshot that comes back changed is passed over. */
  readonly content: Json;
}

/**
 * Keeps one snapshot a stream. A snapshot that is lost, old or overwritten costs time and nothing else, so that saving needs
 * neither order nor durability.
 */
export interface SnapshotStore {
  /** The last snapshot saved for a stream; `undefined` when there is none. */
  load(stream: string): Promise<Snapshot | undefined>;
  /** Replaces the snapshot of `snapshot.stream`. */
  save(snapshot: Snapshot): Promise<void>;
  /** Forgets the snapshot of a stream. */
  remove(stream: string): Promise<void>;
}
