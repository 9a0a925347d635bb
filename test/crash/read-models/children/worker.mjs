// Runs the projection until it is killed. It can be told to stand still between load and commit.
import { existsSync } from 'node:fs';
import { runConsumers } from '@everfold/core';
import { EmbeddedEventStore, embedded } from '@everfold/embedded';
import { MongoReadModelStore } from '@everfold/mongodb';
import { say, serve } from '../../../embedded/children/protocol.mjs';
import { accounts } from './model.mjs';
import { remoteStore } from './remote.mjs';

let consumers;
/** A file: while it is there, the next save with documents stands still. */
let hold;
/** Saves that have not ended. */
const running = new Set();
const outcomes = { saved: 0, fenced: 0, stale: 0 };

/** Stops before a save that writes documents, when it was told to, and counts what becomes of saves. */
function watched(store) {
  const watchedStore = Object.create(store);
  watchedStore.save = async (parts) => {
    if (hold !== undefined && parts.some(({ documents }) => documents.length > 0)) {
      say({ held: true });
      // The whole process stands still, heartbeats included; but no commit of it, which would hold LMDB's lock.
      while (existsSync(hold)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      hold = undefined;
    }
    const saving = store.save(parts);
    running.add(saving);
    try {
      const results = await saving;
      for (const { kind } of results) outcomes[kind] += 1;
      return results;
    } finally {
      running.delete(saving);
    }
  };
  return watchedStore;
}

/** Read models that do not lie beside the events. */
async function elsewhere(port, place) {
  if (port !== undefined) return await remoteStore(port, 'guarded');
  return place && (await MongoReadModelStore.open(place));
}

serve({
  async run({ folder, port, mongodb, leases }) {
    const signal = AbortSignal.timeout(60_000);
    const remote = await elsewhere(port, mongodb);
    const eventStore = remote === undefined ? await embedded({ folder }).open(signal) : await EmbeddedEventStore.open(folder);
    const store = remote ?? eventStore;
    const readModels = new Proxy(watched(store), {
      get: (target, key) => {
        const value = key === 'save' ? target.save : store[key];
        return typeof value === 'function' && key !== 'save' ? value.bind(store) : value;
      },
    });
    consumers = await runConsumers({
      eventStore,
      readModels,
      definitions: [accounts],
      leases,
      retry: { baseMs: 10, maxMs: 200 },
      report: ({ kind, segment, error }) => say({ report: kind, segment, error: error === undefined ? undefined : String(error) }),
    });
  },
  holdNextSave({ file }) {
    hold = file;
  },
  /** Also of saves that are running: a zombie may have woken a moment ago. */
  async outcomes() {
    await Promise.allSettled(running);
    return outcomes;
  },
  caughtUp: () => consumers.caughtUp(),
  status: () => consumers.status(),
  close: () => consumers[Symbol.asyncDispose](),
});
