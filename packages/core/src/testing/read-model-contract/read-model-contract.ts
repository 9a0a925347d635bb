import { currentRunner } from '../runner.js';
import { describeAtomic } from './atomic.js';
import { describeBeside } from './beside.js';
import { describeClosing } from './closing.js';
import { describeCollections } from './collections.js';
import { describeConcurrency } from './concurrency.js';
import { describeConditions } from './conditions.js';
import { Contract } from './contract.js';
import { describeDocuments } from './documents.js';
import { describeFencing } from './fencing.js';
import { describeGuarded } from './guarded.js';
import type { ReadModelHarness } from './harness.js';
import { describeIndexUpkeep } from './index-upkeep.js';
import { describeIsolation } from './isolation.js';
import { describeListing } from './listing.js';
import { describeLoading } from './loading.js';
import { describeOrdering } from './ordering.js';
import { describePaging } from './paging.js';
import { describeParking } from './parking.js';
import { describeRandomQueries } from './random-queries.js';
import { describeRecords } from './records.js';
import { describeRemoval } from './removal.js';
import { describeReopening } from './reopening.js';
import { describeSaving } from './saving.js';
import { describeSizes } from './sizes.js';

const THEMES = [
  describeRecords,
  describeListing,
  describeCollections,
  describeLoading,
  describeDocuments,
  describeIsolation,
  describeSaving,
  describeAtomic,
  describeGuarded,
  describeRemoval,
  describeParking,
  describeFencing,
  describeConditions,
  describeOrdering,
  describePaging,
  describeIndexUpkeep,
  describeRandomQueries,
  describeConcurrency,
  describeSizes,
  describeClosing,
  describeReopening,
  describeBeside,
];

/**
 * Describes everything that a store of read models promises, for the adapter behind `harness`: to be called in a spec file, under a
 * runner with Jest's globals. Stores that commit in one way pass over what only those promise that commit in the other.
 *
 * @param name - What the tests are filed under.
 * @param harness - How to open a store; each test opens its own and closes it.
 * @throws TypeError when there is no runner.
 */
export function describeReadModelContract(name: string, harness: ReadModelHarness): void {
  const contract = new Contract(harness, currentRunner());
  contract.describe(`${name} keeps the contract of read-model stores`, () => {
    for (const describeTheme of THEMES) describeTheme(contract);
  });
}
