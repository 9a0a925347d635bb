import type { Json, Snapshot, SnapshotStore } from '@everfold/core';

/** A snapshot store that can be looked into. */
export class WatchedSnapshots implements SnapshotStore {
  readonly saved: Snapshot[] = [];
  current: Snapshot | undefined;
  async load(): Promise<Snapshot | undefined> {
    return this.current;
  }
  async save(snapshot: Snapshot): Promise<void> {
    this.saved.push(snapshot);
    this.current = snapshot;
  }
  async remove(): Promise<void> {
    this.current = undefined;
  }
  /** Changes what is stored. */
  spoil(change: (content: Record<string, Json>) => object): void {
    if (this.current === undefined) throw new Error('there is no snapshot to spoil');
    const content = change(this.current.content as Record<string, Json>) as Json;
    this.current = { ...this.current, content };
  }
}
