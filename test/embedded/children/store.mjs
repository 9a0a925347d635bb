// A store in a process of its own, driven by calls.
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { EmbeddedEventStore } from '@everfold/embedded';
import { plain, say, serve } from './protocol.mjs';

const stores = new Map();
let looping = false;
let followed = 0;
const tally = { appended: 0, refused: 0, others: [] };

const storeOf = ({ as = 'store' }) => stores.get(as);

function event(data, id = randomUUID()) {
  return { id, type: 'written', version: 1, data: data ?? null, metadata: {} };
}

function digest(hash, { id, stream, revision, position, data }) {
  hash.update(JSON.stringify([id, stream, revision, position, data]));
}

/** What a call came to: its result, or what it threw. */
async function outcome(promise) {
  try {
    return { result: await promise };
  } catch (error) {
    return { error: plain(error) };
  }
}

async function collect(events, summary) {
  const hash = createHash('sha256');
  let count = 0;
  const all = [];
  for await (const one of events) {
    count += 1;
    if (summary) digest(hash, one);
    else all.push(one);
  }
  return summary ? { count, digest: hash.digest('hex') } : all;
}

serve({
  async open({ as = 'store', ...options }) {
    const store = await EmbeddedEventStore.open(options);
    stores.set(as, store);
    return store.identity();
  },
  /** Opens and closes so often; resolves to the identities that it saw. */
  async reopen({ times, ...options }) {
    const identities = [];
    for (let at = 0; at < times; at += 1) {
      const store = await EmbeddedEventStore.open(options);
      identities.push(await store.identity());
      await store[Symbol.asyncDispose]();
    }
    return identities;
  },
  close: (args) => storeOf(args)[Symbol.asyncDispose](),
  async append({ stream, ids, count = 1, data, expected, ...args }) {
    const events = (ids ?? Array.from({ length: count }, () => randomUUID())).map((id) => event(data, id));
    return storeOf(args).append(stream, events, { expected });
  },
  /** Appends of one event each, from so many callers that each append again when they are told; resolves to every result. */
  async appendBusily({ callers, appends, streams, name, ...args }) {
    const results = [];
    let left = appends;
    const caller = async (lane) => {
      for (let last; left > 0; ) {
        left -= 1;
        const own = left % 2 === 0;
        const [one] = [event(lane)];
        const stream = own ? `${name}-${lane}` : `shared-${left % streams}`;
        const expected = own ? (last ?? 'no-stream') : 'any';
        const { revision, position } = await storeOf(args).append(stream, [one], { expected });
        if (own) last = revision;
        results.push([one.id, stream, revision, position]);
      }
    };
    await Promise.all(Array.from({ length: callers }, (_, lane) => caller(lane)));
    return results;
  },
  /** Appends of one event each, again and again so many without waiting for one another; their data count them. */
  async appendBursts({ bursts, each, stream, ...args }) {
    for (let n = 0; n < bursts * each; n += each)
      await Promise.all(Array.from({ length: each }, (_, at) => storeOf(args).append(stream, [event(n + at)])));
  },
  /** Appends of one small event each, from so many callers that pause and go on when they are refused, until told to stop. */
  async appendThroughRefusals({ callers, pause, name, ...args }) {
    looping = true;
    const caller = async (lane) => {
      while (looping) {
        const { error } = await outcome(storeOf(args).append(`${name}-${lane % 20}`, [event('y'.repeat(300))]));
        if (error === undefined) tally.appended += 1;
        else {
          tally.refused += 1;
          if (error.code !== 'STORE_UNAVAILABLE') tally.others.push(error);
          await new Promise((resolve) => setTimeout(resolve, pause));
        }
      }
    };
    await Promise.all(Array.from({ length: callers }, (_, lane) => caller(lane)));
    return tally;
  },
  /** What became of them until now. */
  tally: () => tally,
  /** One append to many new streams. */
  appendWide: ({ prefix, streams, each, ...args }) =>
    storeOf(args).appendToStreams(
      Array.from({ length: streams }, (_, at) => ({ stream: `${prefix}-${at}`, events: Array.from({ length: each }, () => event(at)) })),
    ),
  control: ({ name, stream, with: argument, ...args }) => storeOf(args)[name](stream, argument),
  saveSnapshot: ({ snapshot, ...args }) => storeOf(args).snapshots.save(snapshot),
  read: ({ stream, options, summary, ...args }) => collect(storeOf(args).read(stream, options), summary),
  readAll: ({ options, summary, ...args }) => collect(storeOf(args).readAll(options), summary),
  head: (args) => storeOf(args).head(),
  verify: (args) => storeOf(args).verify(),
  verifyFolder: ({ folder }) => EmbeddedEventStore.verify(folder),

  /** One attempt at a revision, and when it began and ended, on the clock that all processes share. */
  async attempt({ stream, expected, ...args }) {
    const began = process.hrtime.bigint();
    const { result, error } = await outcome(storeOf(args).append(stream, [event({ by: process.pid })], { expected }));
    return { began: String(began), ended: String(process.hrtime.bigint()), revision: result?.revision, error };
  },

  /** Appends one by one to a stream of its own until told to stop; resolves to how many. */
  async appendUntilStopped({ stream, atOnce = 1, each = 1, length = 0, telling = false, ...args }) {
    looping = true;
    let count = 0;
    const lane = async () => {
      while (looping) {
        const events = Array.from({ length: each }, () => event(length > 0 ? 'x'.repeat(length) : undefined));
        await storeOf(args).append(stream, events);
        count += each;
        if (telling) say({ appended: events.map(({ id }) => id) });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    return count;
  },
  stop() {
    looping = false;
  },

  /** Tells what a subscription shows. */
  async follow({ after, ...args }) {
    for await (const { events, position, caughtUp } of storeOf(args).subscribe({ after }))
      say({ shown: events.map(({ id, position: at, data }) => ({ id, position: at, data })), position, caughtUp });
  },

  /** Opens reads and leaves them in the middle. */
  async holdReads({ count, ...args }) {
    const reads = Array.from({ length: count }, () => storeOf(args).readAll()[Symbol.asyncIterator]());
    await Promise.all(reads.map((read) => read.next()));
    globalThis.held = reads;
    return reads.length;
  },

  /** Appends so many events in large appends: fifty a stream, or each to a stream of its own. */
  async appendMany({ first, count, newStreams, ...args }) {
    const lane = async (from) => {
      for (let at = from; at < first + count; at += 200)
        if (newStreams)
          await storeOf(args).appendToStreams(Array.from({ length: 50 }, (_, n) => ({ stream: `new-${at + n}`, events: [event('x'.repeat(100))] })));
        else await storeOf(args).append(`account-${(at / 50) % 1_000}`, Array.from({ length: 50 }, () => event('x'.repeat(100))));
    };
    await Promise.all([0, 50, 100, 150].map((offset) => lane(first + offset)));
  },

  /** Reads the last so many events, and some streams. */
  async scan({ last, ...args }) {
    const head = Number(await storeOf(args).head());
    const from = String(Math.max(1, head - last)).padStart(16, '0');
    for await (const batch of storeOf(args).readAll({ from }).batches()) void batch.length;
    for (let n = 0; n < 100; n += 1) for await (const batch of storeOf(args).read(`account-${n}`).batches()) void batch.length;
  },

  /** Follows the log and keeps nothing of it. */
  async followSilently(args) {
    for await (const { position } of storeOf(args).subscribe()) followed = Number(position);
  },
  async caughtUp({ events }) {
    while (followed < events) await new Promise((resolve) => setTimeout(resolve, 5));
  },

  /** Memory that belongs to no file, in MB. */
  memory() {
    globalThis.gc();
    const [, kilobytes] = /RssAnon:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
    return Math.round(Number(kilobytes) / 1_024);
  },
});
