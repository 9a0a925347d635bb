import { defineConfig } from '@everfold/cli';
import { statementEntries } from './src/accounts/get-statement/statement-entries.js';
import { dailyTotals } from './src/accounts/get-totals/daily-totals.js';
import { accountSummaries } from './src/accounts/list-accounts/account-summaries.js';
import { readConfiguration } from './src/configuration/configuration.js';
import { eventStoreOf, readModelsOf } from './src/stores.js';

// What the everfold command works on: the stores that the bank has under the same variables.
export default defineConfig(() => {
  const configuration = readConfiguration(process.env);
  const { signal } = new AbortController();
  return {
    eventStore: eventStoreOf(configuration, signal),
    readModels: readModelsOf(configuration, signal),
    definitions: [accountSummaries, statementEntries, dailyTotals],
  };
});
