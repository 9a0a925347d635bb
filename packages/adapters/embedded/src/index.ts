// The adapter's only door.
export { EmbeddedEventStore } from './embedded-event-store.js';
export type { EmbeddedOptions } from './embedded-options.js';
export { EmbeddedStore, embedded } from './embedded-store.js';
export type { VerifyReport } from './verify/verify-folder.js';
