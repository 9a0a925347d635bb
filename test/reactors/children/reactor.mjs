// Runs a reactor on the store in a folder, and writes a line for each event that it handles to a file, on disk before it goes on.
// Arguments: folder, file, and `hold` when nothing that it comes to is to be saved.
import { appendFileSync } from 'node:fs';
import { Event, reactor, runConsumers } from '@everfold/core';
import { EmbeddedStore } from '@everfold/embedded';

const [folder, file, hold] = process.argv.slice(2);

class Noted extends Event('reactors.noted') {}

const store = await EmbeddedStore.open(folder);
const readModels = new Proxy(store, {
  get: (target, name) => {
    if (name === 'save' && hold === 'hold') return () => new Promise(() => undefined);
    const found = Reflect.get(target, name);
    return typeof found === 'function' ? found.bind(target) : found;
  },
});
const notes = reactor('notes', { segments: 4 }).on(Noted, async (_, { key, stream, revision }) => {
  appendFileSync(file, `${JSON.stringify({ key, stream, revision, pid: process.pid })}\n`);
  await new Promise((resolve) => setImmediate(resolve));
});
await runConsumers({
  eventStore: store,
  readModels,
  definitions: [notes],
  leases: { heartbeatMs: 50, timeToLiveMs: 600 },
  report: () => undefined,
});
process.send?.('ready');
process.on('disconnect', () => process.exit());
