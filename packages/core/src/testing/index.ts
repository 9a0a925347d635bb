export { describeEventStoreContract } from './event-store-contract/event-store-contract.js';
export type { EventStoreHarness } from './event-store-contract/harness.js';
export type { ManualClock } from './manual-clock.js';
export { manualClock } from './manual-clock.js';
export type { AggregateScenario, Outcome } from './scenario.js';
export { scenario } from './scenario.js';
