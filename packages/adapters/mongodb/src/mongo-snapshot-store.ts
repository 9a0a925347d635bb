import type { Json, Snapshot, SnapshotStore } from '@everfold/core';
import type { Connection } from './connection.js';
import { onceMore } from './once-more.js';

interface MongoSnapshot {
  readonly _id: string;
  readonly revision: number;
  readonly text: string;
}

/** Keeps the snapshots of aggregates in one collection. What is lost here costs time and nothing else. */
export class MongoSnapshotStore implements SnapshotStore {
  readonly #connection: Connection;
  readonly #name: string;

  /** @internal Use `MongoReadModelStore.snapshots`. */
  constructor(connection: Connection, name: string) {
    this.#connection = connection;
    this.#name = name;
  }

  async load(stream: string): Promise<Snapshot | undefined> {
    return await this.#connection.ask(async () => {
      const found = await this.#collection.findOne({ _id: stream });
      if (found === null) return undefined;
      const { revision, text } = found;
      return { stream, revision, content: JSON.parse(text) as Json };
    });
  }

  async save({ stream, revision, content }: Snapshot): Promise<void> {
    const snapshot = { revision, text: JSON.stringify(content) };
    await this.#connection.ask(() =>
      onceMore(() => this.#collection.replaceOne({ _id: stream }, snapshot, { upsert: true })),
    );
  }

  async remove(stream: string): Promise<void> {
    await this.#connection.ask(() => this.#collection.deleteOne({ _id: stream }));
  }

  get #collection() {
    return this.#connection.collection<MongoSnapshot>(this.#name);
  }
}
