import type { Snapshot, SnapshotStore } from '@everfold/core';
import { isSealed, sealed, unsealed } from './checksum.js';
import { type Database, readVolatile } from './environment.js';
import { snapshotKey } from './keys.js';
import type { SpaceLimit } from './space-limit.js';
import { write } from './writing.js';

/** Snapshots in the folder of an embedded store. One that is damaged counts as absent: the events are the truth. */
export class EmbeddedSnapshotStore implements SnapshotStore {
  readonly #database: Database;
  readonly #space: SpaceLimit;
  readonly #assertOpen: () => void;

  /** @internal Made by the store that it belongs to. */
  constructor(database: Database, space: SpaceLimit, assertOpen: () => void) {
    this.#database = database;
    this.#space = space;
    this.#assertOpen = assertOpen;
  }

  async load(stream: string): Promise<Snapshot | undefined> {
    this.#assertOpen();
    this.#database.resetReadTxn();
    const bytes = readVolatile(this.#database, snapshotKey(stream));
    if (bytes === undefined || !isSealed(bytes)) return undefined;
    return JSON.parse(unsealed(bytes, 'a snapshot').toString()) as Snapshot;
  }

  async save(snapshot: Snapshot): Promise<void> {
    this.#assertOpen();
    const { stream, revision, content } = snapshot;
    const bytes = sealed(Buffer.from(JSON.stringify({ stream, revision, content })));
    await this.#write(stream, bytes.length, () =>
      this.#database.put(snapshotKey(stream), bytes, 1),
    );
  }

  async remove(stream: string): Promise<void> {
    this.#assertOpen();
    await this.#write(stream, 0, () => this.#database.remove(snapshotKey(stream)));
  }

  async #write(stream: string, bytes: number, put: () => Promise<unknown>): Promise<void> {
    const room = await this.#space.claim(this.#space.bytesFor([bytes]));
    this.#assertOpen();
    const writing = put();
    room.until(writing);
    await write(stream, writing);
  }
}
