import { createHash } from 'node:crypto';
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
  /** Changes what is stored, as a fault of the disk or a hand would. */
  damage(change: (content: Record<string, Json>) => object): void {
    const content = change(this.#sealed.content as Record<string, Json>) as Json;
    this.current = { ...this.#sealed, content };
  }
  /** Changes what is stored and seals it anew, as other code would have written it. */
  spoil(change: (content: Record<string, Json>) => object): void {
    const { revision, content } = this.#sealed;
    const { text } = content as { readonly text: string };
    const spoilt = JSON.stringify({ revision, ...change(JSON.parse(text)) });
    const checksum = createHash('sha256').update(spoilt).digest('base64url');
    this.damage((envelope) => ({ ...envelope, checksum, text: spoilt }));
  }
  get #sealed(): Snapshot {
    if (this.current === undefined) throw new Error('there is no snapshot to spoil');
    return this.current;
  }
}
