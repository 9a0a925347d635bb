import type { Bench } from '../bench.js';
import type { Measured, RowDefinition } from './row.js';

const NOTIFY_LIMIT_MS = 50;
const IDLE_LIMIT_PERCENT = 2;
const RSS_LIMIT_MB = 64;
const RSS_READ_EVERY = 100_000;
const RSS_FULL = 2_000_000;

/** Rows in which less is better, and the limit is the target. */
export const watchRows: readonly RowDefinition[] = [
  { name: 'notify', measure: measureNotify },
  { name: 'idle-cpu', measure: measureIdleCpu },
  { name: 'rss', measure: measureRss },
];

async function measureNotify(bench: Bench): Promise<Measured> {
  const { value, note } = await bench.inEmptyFolder('everfold', {
    kind: 'notify',
    appends: bench.scale.notifyAppends,
  });
  return within('notify', value, 'ms (p99)', NOTIFY_LIMIT_MS, note);
}

async function measureIdleCpu(bench: Bench): Promise<Measured> {
  const { value } = await bench.inEmptyFolder('everfold', {
    kind: 'idle-cpu',
    ms: bench.scale.idleMs,
  });
  return within('idle-cpu', value, '% of one CPU', IDLE_LIMIT_PERCENT);
}

async function measureRss(bench: Bench): Promise<Measured> {
  const events = bench.scale.rssEvents;
  const { value, note } = await bench.inEmptyFolder('everfold', {
    kind: 'rss',
    events,
    readEvery: RSS_READ_EVERY,
  });
  const short = events < RSS_FULL ? '; the long form goes to 2,000,000' : '';
  const told = `${events.toLocaleString('en')} events: ${note}${short}`;
  return within('rss', value, '± MB RssAnon', RSS_LIMIT_MB, told);
}

function within(name: string, value: number, unit: string, limit: number, note?: string): Measured {
  return {
    row: { name, value, unit, limit, ratio: value / limit, peers: {} },
    targets: [{ text: `≤ ${limit}`, reached: value <= limit }],
    notes: note === undefined ? [] : [note],
  };
}
