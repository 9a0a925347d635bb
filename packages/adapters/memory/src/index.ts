// The memory adapter's only door.

export { memory } from './memory.js';
export type { MemoryEventStoreOptions } from './memory-event-store.js';
export { MemoryEventStore } from './memory-event-store.js';
export { MemorySnapshotStore } from './memory-snapshot-store.js';
