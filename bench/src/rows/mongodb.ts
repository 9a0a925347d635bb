import { type MongoServer, resolveMongo } from '../../../tools/servers/mongodb.mjs';
import { alternate } from '../alternate.js';
import type { Bench } from '../bench.js';
import type { Sampled } from '../samples/sample.js';
import { withMongoUrl } from '../workload/mongo-url.js';
import { atLeast, type Measured, medianOf, type RowDefinition } from './row.js';
import { folderOf, withSeeded } from './seeded.js';

const EVENTS = 200_000;
const ACCOUNTS = 1_000;
const APPENDS_PER_SECOND = 500;
const LAG_LIMIT_MS = 250;

/** Read models on MongoDB: a rebuild, and the lag of a running projection. */
export const mongodbRows: readonly RowDefinition[] = [
  onMongo('rebuild-mongodb', 'events/s', measureRebuild),
  onMongo('lag-mongodb', 'ms (p99)', measureLag),
];

/** Finds or starts a server for a row, and ends what was started; where there is none, the row says so. */
function onMongo(
  name: string,
  unit: string,
  measure: (bench: Bench, mongo: MongoServer) => Promise<Measured>,
): RowDefinition {
  return {
    name,
    measure: async (bench) => {
      await using mongo = await resolveMongo();
      if (mongo !== undefined) return await withMongoUrl(mongo.url, () => measure(bench, mongo));
      return {
        row: { name, value: null, unit, limit: null, ratio: null, peers: {} },
        targets: [],
        notes: ['not measured: no MongoDB was found. Set MONGODB_URL, or install mongod'],
      };
    },
  };
}

async function measureRebuild(bench: Bench, mongo: MongoServer): Promise<Measured> {
  const events = bench.sized(EVENTS);
  const shape = { streams: ACCOUNTS, eventsPerStream: events / ACCOUNTS };
  const notes = new Set<string>();
  return withSeeded(bench, new Map([['everfold', shape]]), async (seeded) => {
    const folder = folderOf(seeded, 'everfold');
    const results = await alternate(
      bench.scale.rounds,
      (['everfold', 'limit'] as const).map((contender) => ({
        contender,
        take: async (): Promise<Sampled> => {
          const databases = { warmUp: mongo.database(), timed: mongo.database() };
          const task = { kind: 'rebuild-mongodb', accounts: ACCOUNTS, events, databases } as const;
          const sampled = await bench.inFolder(folder, contender, task);
          if (sampled.note !== undefined) notes.add(sampled.note);
          return sampled;
        },
      })),
    );
    const [value, limit] = [medianOf(results, 'everfold'), medianOf(results, 'limit')];
    const ratio = value / limit;
    return {
      row: { name: 'rebuild-mongodb', value, unit: 'events/s', limit, ratio, peers: {} },
      targets: [atLeast(ratio, 0.5)],
      notes: [
        `on ${mongo.kind}; limit: the same documents by bulkWrite alone; ${[...notes].at(-1)}`,
      ],
    };
  });
}

async function measureLag(bench: Bench, mongo: MongoServer): Promise<Measured> {
  const { value, note } = await bench.inEmptyFolder('everfold', {
    kind: 'lag',
    appendsPerSecond: APPENDS_PER_SECOND,
    ms: bench.scale.idleMs,
    mongodb: mongo.database(),
  });
  const ratio = value / LAG_LIMIT_MS;
  return {
    row: { name: 'lag-mongodb', value, unit: 'ms (p99)', limit: LAG_LIMIT_MS, ratio, peers: {} },
    targets: [{ text: `< ${LAG_LIMIT_MS}`, reached: value < LAG_LIMIT_MS }],
    notes: [`on ${mongo.kind}; ${note ?? ''}`],
  };
}
