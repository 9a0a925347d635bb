export { describeEventStoreContract } from './event-store-contract/event-store-contract.js';
export type { EventStoreHarness } from './event-store-contract/harness.js';
export type { ManualClock } from './manual-clock.js';
export { manualClock } from './manual-clock.js';
export type { ReadModelHarness } from './read-model-contract/harness.js';
export { describeReadModelContract } from './read-model-contract/read-model-contract.js';
export type { AggregateScenario, Outcome } from './scenario.js';
export { scenario } from './scenario.js';
