// The MongoDB adapter's only door.

export type { MongoConnectionOptions } from './connection.js';
export type {
  MongoReadModelStoreOptions,
  NativeDocument,
  NativeReadModel,
} from './mongo-read-model-store.js';
export { MongoReadModelStore } from './mongo-read-model-store.js';
export type { MongoSnapshotStore } from './mongo-snapshot-store.js';
export { mongodb } from './mongodb.js';
