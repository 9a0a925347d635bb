import type { RecordedEvent, SubscriptionBatch } from '../event-store/event-store.js';
import type { Stretch } from './work.js';

/** How long positions without events wait for more: each costs a write. */
const EMPTY_PAUSE_MS = 50;

/** More at once would outlive the youngest generation of the garbage collector. */
const MOST_EVENTS = 1_000;

/** @internal When a stretch is long enough. */
export interface StretchSize {
  readonly maxEvents: number;
  /** How long the first event may wait for others while the end of the log is not reached. */
  readonly maxDelayMs: number;
}

/**
 * @internal Joins the batches of a subscription to stretches that are worth a write: up to a size or a delay, at the end of the log as
 * they come. While one stretch is worked on, the next is being read, and no more than that.
 */
export async function* stretches(
  subscription: AsyncIterable<SubscriptionBatch>,
  size: StretchSize,
  lastLookedAt?: (stretch: Stretch) => Promise<Stretch['last']>,
): AsyncGenerator<Stretch, void> {
  const batches = new Batches(subscription, lastLookedAt);
  try {
    let next = batches.gather(size);
    for (;;) {
      const stretch = await next;
      next = batches.gather(size);
      next.catch(() => undefined);
      yield stretch;
    }
  } finally {
    await batches.end();
  }
}

class Batches {
  readonly #iterator: AsyncIterator<SubscriptionBatch>;
  #next: Promise<IteratorResult<SubscriptionBatch>>;
  #lastMs = Number.NEGATIVE_INFINITY;

  readonly #lastLookedAt: ((stretch: Stretch) => Promise<Stretch['last']>) | undefined;

  constructor(
    subscription: AsyncIterable<SubscriptionBatch>,
    lastLookedAt: ((stretch: Stretch) => Promise<Stretch['last']>) | undefined,
  ) {
    this.#lastLookedAt = lastLookedAt;
    this.#iterator = subscription[Symbol.asyncIterator]();
    this.#next = this.#advance();
  }

  async gather({ maxEvents, maxDelayMs }: StretchSize): Promise<Stretch> {
    const first = await this.#take();
    let { position, caughtUp } = first;
    let events: readonly RecordedEvent[] = first.events;
    let collected: RecordedEvent[] | undefined;
    let isLate = false;
    const began = performance.now();
    const enough = Math.min(maxEvents, MOST_EVENTS);
    while (events.length < enough && !(caughtUp && events.length > 0)) {
      const end = events.length === 0 ? this.#lastMs + EMPTY_PAUSE_MS : began + maxDelayMs;
      const more = await this.#within(end - performance.now());
      if (more === undefined) {
        isLate = true;
        break;
      }
      collected ??= [...events];
      for (const event of more.events) collected.push(event);
      events = collected;
      ({ position, caughtUp } = more);
    }
    this.#lastMs = performance.now();
    const stretch = { events, position, caughtUp, isDue: caughtUp || isLate };
    if (!stretch.isDue || this.#lastLookedAt === undefined) return stretch;
    return { ...stretch, last: await this.#lastLookedAt(stretch) };
  }

  async end(): Promise<void> {
    await this.#iterator.return?.();
  }

  async #take(): Promise<SubscriptionBatch> {
    const { done, value } = await this.#next;
    if (done === true) throw new TypeError('A subscription ended by itself.');
    this.#next = this.#advance();
    return value;
  }

  /** The next batch if it comes in time; it is not lost when it comes later. */
  async #within(ms: number): Promise<SubscriptionBatch | undefined> {
    if (ms <= 0) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), ms);
    });
    try {
      const first = await Promise.race([this.#next, late]);
      return first === undefined ? undefined : await this.#take();
    } finally {
      clearTimeout(timer);
    }
  }

  #advance(): Promise<IteratorResult<SubscriptionBatch>> {
    const next = this.#iterator.next();
    next.catch(() => undefined);
    return next;
  }
}
