export type { ManualClock } from './manual-clock.js';
export { manualClock } from './manual-clock.js';
export type { AggregateScenario, Outcome } from './scenario.js';
export { scenario } from './scenario.js';
