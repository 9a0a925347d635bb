// Appends without end, several at once, and says what it begins and what was acknowledged. It is there to be killed.
import { crc32 } from 'node:zlib';
import { EmbeddedEventStore } from '@everfold/embedded';
import { say, serve } from './protocol.mjs';

const SHARED = 8;
const AT_ONCE = { mixed: 8, bulk: 3, many: 400 };

let store;
let number;
let profile;
let state;
let appends = 0;
let stopping = false;
const last = new Map();

function below(end) {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
}

/** An event that tells which append it belongs to, and carries a checksum of what was sent. */
function event(append, index, length) {
  const text = 'Größe 😀 of text '.repeat(Math.ceil(length / 16)).slice(0, length).toWellFormed();
  const sum = crc32(`${append} ${index} ${text}`);
  const [process, n] = append.split('.').map(Number);
  const id = `${process.toString(16).padStart(8, '0')}-0000-7000-8000-${(n * 2 ** 20 + index).toString(16).padStart(12, '0')}`;
  return { id, type: 'written', version: 1, data: { append, index, text, sum }, metadata: {} };
}

const own = (lane) => ({ stream: `own-${number}-${lane}`, exact: true });
const shared = () => ({ stream: `shared-${below(SHARED)}`, exact: false });

/** Streams, and how many events of which length go to each. */
function shapeOf(lane, append) {
  if (profile === 'bulk')
    return Array.from({ length: 500 }, (_, at) => ({ stream: `bulk-${append}-${at}`, exact: false, count: at % 2 === 0 ? 2 : 10, length: 8 }));
  if (profile === 'many') return [{ ...(below(2) === 0 ? shared() : own(lane)), count: 1 + below(2), length: below(200) }];
  switch (below(6)) {
    case 0:
    case 1:
      return [{ ...shared(), count: 1, length: below(200) }];
    case 2:
      return [{ ...own(lane), count: 2 + below(30), length: below(300) }];
    case 3:
      return [{ ...own(lane), count: 1, length: 20_000 + below(30_000) }];
    case 4:
      return [{ ...shared(), count: 40, length: 1_500 }];
    default:
      return [
        { ...own(lane), count: 1 + below(10), length: 100 },
        ...Array.from({ length: 1 + below(4) }, (_, at) => ({ stream: `shared-${at * 2 + below(2)}`, exact: false, count: 1 + below(5), length: below(2_000) })),
      ];
  }
}

async function write(lane) {
  while (!stopping) {
    appends += 1;
    const append = `${number}.${appends}`;
    let index = 0;
    const members = shapeOf(lane, append).map(({ stream, exact, count, length }) => ({
      stream,
      expected: exact ? (last.get(stream) ?? 'no-stream') : 'any',
      events: Array.from({ length: count }, () => event(append, index++, length)),
    }));
    say({ begun: append, members: members.map(({ stream, events }) => [stream, events.length]) });
    const results = members.length === 1 ? [await store.append(members[0].stream, members[0].events, members[0])] : await store.appendToStreams(members);
    for (const [at, { stream }] of members.entries()) last.set(stream, results[at].revision);
    say({ acknowledged: append });
  }
}

serve({
  /** Appends until it is told to stop; resolves to the number of appends since the process began. */
  async go({ folder, ...rest }) {
    if (store === undefined) {
      ({ number, profile, seed: state } = rest);
      say({ opening: number });
      store = await EmbeddedEventStore.open(folder);
      say({ opened: await store.identity() });
    }
    stopping = false;
    await Promise.all(Array.from({ length: AT_ONCE[profile] }, (_, lane) => write(lane)));
    return appends;
  },
  stop() {
    stopping = true;
  },
});
