import { currentRunner } from '../runner.js';
import { describeAppending } from './appending.js';
import { describeCancelling } from './cancelling.js';
import { describeClosing } from './closing.js';
import { describeConcurrency } from './concurrency.js';
import { describeContent } from './content.js';
import { Contract } from './contract.js';
import { describeDeletion } from './deletion.js';
import { describeExpectations } from './expectations.js';
import { describeFilters } from './filters.js';
import type { EventStoreHarness } from './harness.js';
import { describeHiddenPlaces } from './hidden-places.js';
import { describeHiding } from './hiding.js';
import { describeIdempotence } from './idempotence.js';
import { describeIsolation } from './isolation.js';
import { describeIterating } from './iterating.js';
import { describeJsonSafety } from './json-safety.js';
import { describeLargeNumbers } from './large-numbers.js';
import { describeLateRepeats } from './late-repeats.js';
import { describeLiveSubscriptions } from './live-subscriptions.js';
import { describeLogReads } from './log-reads.js';
import { describeLongLogs } from './long-logs.js';
import { describeManyNames } from './many-names.js';
import { describeMetadata } from './metadata.js';
import { describeMisuse } from './misuse.js';
import { describeMultiStream } from './multi-stream.js';
import { describeMultiStreamMembers } from './multi-stream-members.js';
import { describeNames } from './names.js';
import { describeReadCombinations } from './read-combinations.js';
import { describeReopening } from './reopening.js';
import { describeRepeatsElsewhere } from './repeats-elsewhere.js';
import { describeRetention } from './retention.js';
import { describeRetentionAndDeletion } from './retention-and-deletion.js';
import { describeRetentionByAge } from './retention-by-age.js';
import { describeSameEvent } from './same-event.js';
import { describeSharedSignals } from './shared-signals.js';
import { describeSizes } from './sizes.js';
import { describeStreamReads } from './stream-reads.js';
import { describeSubscriptionPositions } from './subscription-positions.js';
import { describeSubscriptions } from './subscriptions.js';

const THEMES = [
  describeAppending,
  describeExpectations,
  describeIdempotence,
  describeRepeatsElsewhere,
  describeLateRepeats,
  describeConcurrency,
  describeMultiStream,
  describeMultiStreamMembers,
  describeContent,
  describeMetadata,
  describeSameEvent,
  describeMisuse,
  describeJsonSafety,
  describeSizes,
  describeNames,
  describeStreamReads,
  describeLogReads,
  describeReadCombinations,
  describeLargeNumbers,
  describeIterating,
  describeLongLogs,
  describeManyNames,
  describeFilters,
  describeSubscriptions,
  describeSubscriptionPositions,
  describeLiveSubscriptions,
  describeCancelling,
  describeSharedSignals,
  describeDeletion,
  describeRetention,
  describeRetentionByAge,
  describeRetentionAndDeletion,
  describeHiding,
  describeHiddenPlaces,
  describeIsolation,
  describeClosing,
  describeReopening,
];

/**
 * Describes everything that an event store promises, for the adapter behind `harness`: to be called in a spec file, under a
 * runner with Jest's globals. Where stores may differ, the store's `capabilities` are asked.
 *
 * @param name - What the tests are filed under.
 * @param harness - How to open a store; each test opens its own and closes it.
 * @throws TypeError when there is no runner.
 */
export function describeEventStoreContract(name: string, harness: EventStoreHarness): void {
  const contract = new Contract(harness, currentRunner());
  contract.describe(`${name} keeps the contract of event stores`, () => {
    for (const describeTheme of THEMES) describeTheme(contract);
  });
}
