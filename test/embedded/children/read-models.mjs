// A store of read models in a process of its own, driven by calls.
import { EmbeddedStore } from '@everfold/embedded';
import { say, serve } from './protocol.mjs';

let store;

const at = (place) => String(place).padStart(16, '0');

/** Documents that all say the same round. */
const documents = (count, round) =>
  Array.from({ length: count }, (_, n) => ({
    id: `d${n}`,
    document: { round, group: `g${(n + round) % 7}`, text: 'x'.repeat(n % 300) },
    position: at(round + 1),
    loadedAt: undefined,
  }));

serve({
  async open({ folder }) {
    store = await EmbeddedStore.open(folder);
  },
  create: ({ name, indexes }) => store.createCollection(name, indexes),
  drop: ({ name }) => store.dropCollection(name),
  list: ({ prefix }) => store.listRecords(prefix),

  /** Raises a counter in a record so often, whoever else does. Resolves to how often another was quicker. */
  async count({ key, times }) {
    let lost = 0;
    for (let left = times; left > 0; ) {
      const record = await store.readRecord(key);
      const version = await store.writeRecord(key, (record?.value ?? 0) + 1, record?.version);
      if (version === undefined) lost += 1;
      else left -= 1;
    }
    return lost;
  },

  /** Saves round after round, each time all documents, and tells each round that was acknowledged. */
  async saveForEver({ collection, segment, count }) {
    let version = await store.writeRecord(segment, { round: -1 }, undefined);
    version ??= (await store.readRecord(segment)).version;
    for (let round = (await store.readRecord(segment)).value.round + 1; ; round += 1) {
      const value = { round };
      const [outcome] = await store.save([
        { collection, documents: documents(count, round), put: [{ key: `${segment}/note`, value }], remove: [], segment: { key: segment, version, value } },
      ]);
      if (outcome.kind !== 'saved') throw new Error(outcome.kind);
      version = outcome.version;
      say({ saved: round });
    }
  },

  /** Saves once into a collection that was made by any of them. */
  async saveOwn({ collection, segment }) {
    const version = await store.writeRecord(segment, {}, undefined);
    const part = { collection, documents: [{ id: segment, document: { by: segment }, position: at(1) }], put: [], remove: [] };
    return store.save([{ ...part, segment: { key: segment, version, value: {} } }]);
  },
});
