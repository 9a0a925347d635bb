import type { Snapshot, SnapshotStore } from '@everfold/core';

/** Snapshots in memory. They are kept as JSON: what a caller does to one afterwards does not reach the others. */
export class MemorySnapshotStore implements SnapshotStore {
  readonly #snapshots = new Map<string, string>();

  async load(stream: string): Promise<Snapshot | undefined> {
    const snapshot = this.#snapshots.get(stream);
    return snapshot === undefined ? undefined : JSON.parse(snapshot);
  }

  async save(snapshot: Snapshot): Promise<void> {
    const { stream, revision, content } = snapshot;
    this.#snapshots.set(stream, JSON.stringify({ stream, revision, content }));
  }

  async remove(stream: string): Promise<void> {
    this.#snapshots.delete(stream);
  }
}
