// The memory adapter's only door.

export { memory, memoryReadModels } from './memory.js';
export type { MemoryEventStoreOptions } from './memory-event-store.js';
export { MemoryEventStore } from './memory-event-store.js';
export type { MemoryReadModelStoreOptions } from './memory-read-model-store.js';
export { MemoryReadModelStore } from './memory-read-model-store.js';
export { MemorySnapshotStore } from './memory-snapshot-store.js';
export type { MemoryStoreOptions } from './memory-store.js';
export { MemoryStore } from './memory-store.js';
