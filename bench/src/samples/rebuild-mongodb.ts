import { type EventStore, newEventId, type ReadModelStore, runConsumers } from '@everfold/core';
import { MongoReadModelStore } from '@everfold/mongodb';
import { type AnyBulkWriteOperation, MongoClient, WriteConcern } from 'mongodb';
import { balancesProjection } from '../workload/balances.js';
import { rateOf } from '../workload/in-flight.js';
import { mongoUrl } from '../workload/mongo-url.js';
import { openStore } from '../workload/store.js';
import { assertRight, scanAndDecode } from './rebuild.js';
import type { RebuildMongodbSample, Sampled } from './sample.js';

/** A document as it lies in MongoDB. */
interface Written {
  readonly _id: string;
  readonly [field: string]: unknown;
}

/** What a save sends to the collection of documents. */
type Batch = AnyBulkWriteOperation<Written>[];

/** A rebuild that nobody times comes first: the server has its code compiled, and the limit knows what to write. */
export async function sampleRebuildMongodb(sample: RebuildMongodbSample): Promise<Sampled> {
  const { databases, events } = sample;
  await using store = await openStore(sample.store, sample.folder);
  await scanAndDecode(store, events);
  const { batches } = await rebuild(store, databases.warmUp, sample);
  const ms =
    sample.contender === 'limit'
      ? await writeBare(databases.timed, batches)
      : (await rebuild(store, databases.timed, sample)).ms;
  const writes = batches.reduce((sum, batch) => sum + batch.length, 0);
  return {
    value: rateOf({ count: events, ms }),
    note: `${writes.toLocaleString('en')} documents written in ${batches.length} batches`,
  };
}

async function rebuild(
  eventStore: EventStore,
  database: string,
  sample: RebuildMongodbSample,
): Promise<{ readonly ms: number; readonly batches: readonly Batch[] }> {
  const projection = balancesProjection(process.pid);
  await using readModels = await MongoReadModelStore.open({ url: mongoUrl(), database });
  const batches = noteBatches(readModels);
  const begun = performance.now();
  await using consumers = await runConsumers({ eventStore, readModels, definitions: [projection] });
  await consumers.caughtUp();
  const ms = performance.now() - begun;
  await assertRight(readModels, `${projection.name}@${projection.version}.1`, sample);
  return { ms, batches };
}

/** What is noted is made into operations here, so that the limit need not do it; both kinds of turn pay for that in their first rebuild. */
function noteBatches(store: ReadModelStore): readonly Batch[] {
  const batches: Batch[] = [];
  const save = store.save.bind(store);
  store.save = (parts) => {
    const writes = parts.flatMap(({ documents }) => documents);
    const write = newEventId();
    const batch = writes.map(({ id, document, position, loadedAt }) => {
      const replacement = { ...document, _id: id, _everfold: { position, write } };
      if (loadedAt === undefined) return { insertOne: { document: replacement } };
      const filter = { _id: id, '_everfold.position': loadedAt };
      return { replaceOne: { filter, replacement } };
    });
    if (batch.length > 0) batches.push(batch);
    return save(parts);
  };
  return batches;
}

/** One bulk write after the other, as the majority has it. @returns How long that took, in ms. */
async function writeBare(database: string, batches: readonly Batch[]): Promise<number> {
  const client = new MongoClient(mongoUrl());
  try {
    const writeConcern = new WriteConcern('majority', undefined, true);
    const collection = client.db(database).collection<Written>('bench-balances', { writeConcern });
    await collection.createIndex({ '_everfold.removed': 1 }, { sparse: true });
    const begun = performance.now();
    for (const batch of batches) {
      const done = await collection.bulkWrite(batch, { ordered: false });
      if (done.insertedCount + done.matchedCount !== batch.length)
        throw new Error('A guard did not meet what the batch before has written.');
    }
    return performance.now() - begun;
  } finally {
    await client.close();
  }
}
