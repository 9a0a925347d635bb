import { basename } from 'node:path';
import { describeReadModelContract } from '@everfold/core/testing';
import { describeWithMongo } from '../../../../tools/servers/mongodb.mjs';
import { MongoReadModelStore } from './mongo-read-model-store.js';

await describeWithMongo('On a MongoDB', (mongo) => {
  const databases = new Map<string, string>();
  const databaseOf = (folder: string): string => {
    const name = databases.get(folder) ?? mongo.database();
    databases.set(folder, name);
    return name;
  };
  for (const writes of ['guarded', 'transaction'] as const) {
    if (writes === 'transaction' && !mongo.hasTransactions) {
      it.skip('the contract of read models by transactions (needs a server that has them)', () =>
        undefined);
      continue;
    }
    const open = (folder: string) =>
      MongoReadModelStore.open({
        url: mongo.url,
        database: databaseOf(`${writes}/${basename(folder)}`),
        writes,
      });
    describeReadModelContract(`MongoReadModelStore, ${writes},`, {
      create: open,
      reopen: (_, folder) => open(folder),
      beside: (_, folder) => open(folder),
      patienceMs: 30_000,
    });
  }
});
