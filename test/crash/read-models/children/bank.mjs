// A bank whose accounts are never closed: filled quickly, then written to all along.
import { encodeEvent, newEventId } from '@everfold/core';
import { EmbeddedEventStore } from '@everfold/embedded';
import { serve } from '../../../embedded/children/protocol.mjs';
import { Deposited, Moved, Opened } from './model.mjs';

const OWNERS = 40;
/** Only every so manieth account takes part in moves. */
const MOVING = 4;
/** So many are written to far more often than the others: on them a reader notices soonest when a read model goes back. */
const HOT = 10;
/** Events of one append. */
const APPEND = 250;

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

const opened = () => encoded(new Opened({ owner: `owner ${below(OWNERS)}` }));
const deposited = () => encoded(new Deposited({ amount: 1 + below(1_000) }));

function moved(accounts) {
  const moving = () => `${below(accounts / MOVING) * MOVING}`;
  return encoded(new Moved({ from: moving(), to: moving(), amount: 1 + below(50) }));
}

const anyOf = (accounts) => below(below(2) === 0 ? HOT : accounts);

serve({
  /** Opens all accounts and writes at least so many events in big appends. Resolves to the number of events. */
  async fill({ folder, events, accounts, seed }) {
    state = seed;
    const store = await EmbeddedEventStore.open(folder);
    const each = (make) => Promise.all(Array.from({ length: accounts }, (_, id) => make(id)));
    await each((id) => store.append(`crash-${id}`, [opened()]));
    let written = accounts;
    while (written < events) {
      const appends = Array.from({ length: 20 }, () =>
        below(5) === 0
          ? store.append('move-first', Array.from({ length: APPEND }, () => moved(accounts)))
          : store.append(`crash-${below(accounts)}`, Array.from({ length: APPEND }, deposited)),
      );
      await Promise.all(appends);
      written += appends.length * APPEND;
    }
    await store[Symbol.asyncDispose]();
    return written;
  },
  /** Deposits and moves anywhere, and now and then opens an account more. Resolves to the number of appends. */
  async write({ folder, number, accounts, seed, pauseMs }) {
    state = seed;
    const store = await EmbeddedEventStore.open(folder);
    let appends = 0;
    let own = 0;
    while (!stopping) {
      const kind = below(40);
      if (kind === 0) {
        await store.append(`crash-${number}n${own}`, [opened(), deposited()]);
        own += 1;
      } else if (kind < 8) await store.append(`move-${number}`, [moved(accounts)]);
      else {
        const id = own > 0 && kind < 12 ? `${number}n${below(own)}` : anyOf(accounts);
        await store.append(`crash-${id}`, Array.from({ length: 1 + below(3) }, deposited));
      }
      appends += 1;
      await new Promise((resolve) => setTimeout(resolve, below(pauseMs * 2)));
    }
    await store[Symbol.asyncDispose]();
    return appends;
  },
  stop() {
    stopping = true;
  },
});
