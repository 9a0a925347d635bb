// The adapter's only door.
export type { EmbeddedOptions } from './embedded-event-store.js';
export { EmbeddedEventStore, embedded } from './embedded-event-store.js';
export type { VerifyReport } from './verify/verify-folder.js';
