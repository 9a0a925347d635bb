import { describeWithMongo } from '../../../tools/servers/mongodb.mjs';
import { describeExactlyOnce } from './exactly-once.js';

await describeWithMongo('Read models that are written guarded on MongoDB', (mongo) => {
  const place = () => ({ url: mongo.url, database: mongo.database() });
  describeExactlyOnce('MongoDB', place, { rounds: 20, zombies: 6 });
});
