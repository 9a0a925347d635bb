// Opens, moves, deposits and closes without end, until it is told to stop.
import { encodeEvent, newEventId } from '@everfold/core';
import { EmbeddedEventStore } from '@everfold/embedded';
import { serve } from '../../../embedded/children/protocol.mjs';
import { Closed, Deposited, Moved, Opened } from './model.mjs';

let state;
let stopping = false;

function below(end) {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
}

function encoded(event) {
  return encodeEvent(event, { id: newEventId(), metadata: { correlationId: newEventId() } });
}

serve({
  /** Each writer has accounts of its own to open and close; deposits and moves go to all. Resolves to the number of appends. */
  async write({ folder, number, writers, accounts, seed, pauseMs }) {
    state = seed;
    const store = await EmbeddedEventStore.open(folder);
    const open = new Set();
    const own = () => below(accounts / writers) * writers + number;
    let appends = 0;
    while (!stopping) {
      const kind = below(20);
      const id = own();
      const any = () => `${below(accounts)}`;
      if (kind < 3 || !open.has(id)) {
        if (!open.has(id)) await store.append(`crash-${id}`, [encoded(new Opened({ owner: `owner ${number}` }))]);
        open.add(id);
      } else if (kind === 3) {
        await store.append(`crash-${id}`, [encoded(new Closed())]);
        open.delete(id);
      } else if (kind < 8)
        await store.append(`move-${number}`, [encoded(new Moved({ from: any(), to: any(), amount: 1 + below(50) }))]);
      else await store.append(`crash-${any()}`, Array.from({ length: 1 + below(3) }, () => encoded(new Deposited({ amount: 1 + below(1_000) }))));
      appends += 1;
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, below(pauseMs * 2)));
    }
    await store[Symbol.asyncDispose]();
    return appends;
  },
  stop() {
    stopping = true;
  },
});
