import type { Backoff } from '../backoff.js';
import { backOff } from '../backoff.js';
import { byCodeUnit } from '../by-code-unit.js';
import type { ConsumerReport, RetryPolicy } from '../consumer/options.js';
import { lastLookedAt } from '../consumer/resume-check.js';
import { segmentOf } from '../consumer/segment-of.js';
import { unlessAborted } from '../consumer/unless-aborted.js';
import { decodeEvent } from '../event/codec.js';
import { EventVersionTooNewError } from '../event/errors.js';
import type { EventStore, RecordedEvent, SubscriptionBatch } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { BEFORE_ALL_POSITIONS } from '../event-store/position.js';
import { contextOfRecorded } from '../projection/fold.js';
import { describeReturned } from '../returned-value.js';
import { isPassing } from '../subscription/passing.js';
import { resumingSubscription } from '../subscription/resuming-subscription.js';
import type { DefinedReactor } from './definition.js';
import type { ReactorLane } from './reactor-lane.js';

/** How long one lane without room may hold back the others before it goes its own way. */
const PATIENCE_MS = 500;
/** How many events a lane that is behind reads at a time. */
const PAGE_EVENTS = 256;

/** @internal What a {@link ReactorFeed} works with. */
export interface ReactorFeedParts {
  readonly definition: DefinedReactor;
  readonly eventStore: EventStore;
  readonly retry: RetryPolicy | undefined;
  readonly backoff: Backoff;
  readonly lanes: ReadonlyMap<number, ReactorLane>;
  readonly mayBegin: (signal: AbortSignal) => Promise<void>;
  readonly report: (report: ConsumerReport) => void;
  readonly failed: (error: unknown) => void;
}

/** @internal Hands events to lanes: those that keep up have them of one subscription, those that lag by bounded reads of their own. */
export class ReactorFeed {
  readonly #parts: ReactorFeedParts;
  readonly #filter: { readonly types: readonly string[] };
  readonly #behind = new Map<ReactorLane, Promise<void>>();
  #running: { readonly stop: AbortController; readonly end: Promise<void> } | undefined;
  /** How far the subscription is, or is about to be. */
  #fedTo: Position = BEFORE_ALL_POSITIONS;
  #isRetrying: boolean = false;
  /** Lanes that are one read away from the subscription, which waits for them: it would run away from them otherwise. */
  readonly #joining = new Set<ReactorLane>();
  #changed: (() => void) | undefined;

  constructor(parts: ReactorFeedParts) {
    this.#parts = parts;
    this.#filter = { types: [...parts.definition.handlers.keys()] };
  }

  get filter(): { readonly types: readonly string[] } {
    return this.#filter;
  }

  get isRetrying(): boolean {
    return this.#isRetrying;
  }

  /** Feeds the lanes that there are; to be called whenever one has come. */
  start(): void {
    const { lanes } = this.#parts;
    if (this.#running === undefined) this.#subscribe([...lanes.values()]);
    for (const lane of lanes.values()) if (lane.mode === 'behind') this.#lead(lane);
  }

  async stop(): Promise<void> {
    this.#running?.stop.abort();
    await Promise.all([this.#running?.end, ...this.#behind.values()]);
  }

  #subscribe(lanes: readonly ReactorLane[]): void {
    const fed = lanes.filter(({ mode }) => mode === 'behind' || mode === 'live');
    if (fed.length === 0) return;
    const places = fed.map(({ window }) => window.last ?? BEFORE_ALL_POSITIONS);
    const least = [...places].sort(byCodeUnit)[0] ?? BEFORE_ALL_POSITIONS;
    this.#fedTo = least;
    for (const lane of fed) lane.mode = 'live';
    const stop = new AbortController();
    const after = least === BEFORE_ALL_POSITIONS ? undefined : least;
    const end = this.#follow(after, stop.signal)
      .catch((error: unknown) => {
        if (!stop.signal.aborted) this.#parts.failed(error);
      })
      .finally(() => {
        this.#running = undefined;
      });
    this.#running = { stop, end };
  }

  async #follow(after: Position | undefined, signal: AbortSignal): Promise<void> {
    const { definition, eventStore, retry, mayBegin, report } = this.#parts;
    const consumer = definition.name;
    const subscription = resumingSubscription(eventStore, {
      after,
      filter: this.#filter,
      signal,
      retry,
      report: (error, attempt) => {
        this.#isRetrying = true;
        report({ kind: 'retrying', consumer, error, attempt });
      },
      recovered: () => {
        this.#isRetrying = false;
        report({ kind: 'recovered', consumer });
      },
    });
    for await (const batch of subscription) {
      await mayBegin(signal);
      while (this.#joining.size > 0 || !this.#hasLive()) await this.#change(signal);
      this.#fedTo = batch.position;
      await this.#hand(batch, signal);
    }
  }

  async #hand(batch: SubscriptionBatch, signal: AbortSignal): Promise<void> {
    const { events, position } = batch;
    for (const recorded of events) {
      const lanes = this.#concerned(recorded, this.#live());
      for (const { lane, key } of lanes)
        if (await this.#hasRoom(lane, signal)) lane.accept(recorded, key);
        else if (lane.mode === 'live') this.#fallBehind(lane);
    }
    const last = await this.#lastOf(events, batch.caughtUp ? position : undefined);
    for (const lane of this.#live()) lane.lookedAt(position, last);
  }

  /** The last event that was looked at, for anybody or for nobody; a store that cannot be reached just now is asked the next time. */
  async #lastOf(events: readonly RecordedEvent[], position: Position | undefined) {
    const own = events.at(-1);
    if (position === undefined) return own;
    try {
      return (await lastLookedAt(this.#parts.eventStore, { events, position })) ?? own;
    } catch (error) {
      if (!isPassing(error)) throw error;
      return own;
    }
  }

  /** The lane that an event is for; where that cannot be told, all of them stop at it. */
  #concerned(recorded: RecordedEvent, among: readonly ReactorLane[]) {
    const lanes = among.filter((lane) => lane.isBefore(recorded.position));
    if (lanes.length === 0) return [];
    try {
      const key = keyOf(this.#parts.definition, recorded);
      const segment = segmentOf(key, this.#parts.definition.segments);
      return lanes.filter(({ hold }) => hold.segment === segment).map((lane) => ({ lane, key }));
    } catch (error) {
      if (error instanceof EventVersionTooNewError) throw error;
      for (const lane of lanes) lane.stop({ error, recorded });
      return [];
    }
  }

  async #hasRoom(lane: ReactorLane, signal: AbortSignal): Promise<boolean> {
    if (lane.window.room > 0) return lane.mode === 'live';
    const patience = AbortSignal.timeout(PATIENCE_MS);
    await lane.window.waitForRoom(AbortSignal.any([signal, patience])).catch(() => undefined);
    signal.throwIfAborted();
    return lane.window.room > 0 && lane.mode === 'live';
  }

  #fallBehind(lane: ReactorLane): void {
    lane.mode = 'behind';
    this.#lead(lane);
  }

  #live(): readonly ReactorLane[] {
    return [...this.#parts.lanes.values()].filter(({ mode }) => mode === 'live');
  }

  #hasLive(): boolean {
    return this.#live().length > 0;
  }

  /** Resolves when a lane has joined, or is not about to any more. */
  async #change(signal: AbortSignal): Promise<void> {
    const changed = new Promise<void>((resolve) => {
      this.#changed = resolve;
    });
    await unlessAborted(changed, signal);
  }

  #joins(lane: ReactorLane, isJoining: boolean): void {
    if (isJoining) this.#joining.add(lane);
    else this.#joining.delete(lane);
    this.#changed?.();
  }

  /** Leads a lane by reads of its own until the subscription can take it. */
  #lead(lane: ReactorLane): void {
    if (this.#behind.has(lane)) return;
    const led = this.#catchUp(lane)
      .catch((error: unknown) => {
        if (!lane.reactions.signal.aborted && this.#running?.stop.signal.aborted === false)
          this.#parts.failed(error);
      })
      .finally(() => {
        this.#behind.delete(lane);
        this.#joins(lane, false);
      });
    this.#behind.set(lane, led);
  }

  async #catchUp(lane: ReactorLane): Promise<void> {
    const { definition, backoff, report } = this.#parts;
    const stop = this.#running?.stop.signal;
    const signal = AbortSignal.any([lane.reactions.signal, ...(stop === undefined ? [] : [stop])]);
    for (let attempt = 1; lane.mode === 'behind'; attempt += 1)
      try {
        await this.#readOn(lane, signal);
        attempt = 0;
      } catch (error) {
        signal.throwIfAborted();
        if (!isPassing(error)) throw error;
        this.#joins(lane, false);
        report({ kind: 'retrying', consumer: definition.name, error, attempt });
        await backOff(attempt, backoff, signal);
      }
  }

  /** One page; where the subscription is no further, the lane goes over to it. */
  async #readOn(lane: ReactorLane, signal: AbortSignal): Promise<void> {
    const { eventStore, mayBegin } = this.#parts;
    const after = lane.window.last;
    if ((after ?? BEFORE_ALL_POSITIONS) >= this.#fedTo) {
      lane.mode = 'live';
      return;
    }
    await mayBegin(signal);
    const head = await eventStore.head();
    const page: RecordedEvent[] = [];
    const options = { after, filter: this.#filter, limit: PAGE_EVENTS, signal };
    for await (const batch of eventStore.readAll(options).batches()) page.push(...batch);
    for (const recorded of page) if (!(await this.#acceptBehind(lane, recorded, signal))) return;
    const isWhole = page.length < PAGE_EVENTS;
    const last = page.at(-1);
    const reached = isWhole ? later(head, last?.position) : last?.position;
    if (reached !== undefined)
      lane.lookedAt(reached, await this.#lastOf(page, isWhole ? reached : undefined));
    this.#joins(lane, isWhole);
  }

  /** @returns Whether the lane goes on by reads of its own. */
  async #acceptBehind(lane: ReactorLane, recorded: RecordedEvent, signal: AbortSignal) {
    const [concerned] = this.#concerned(recorded, [lane]);
    if (concerned !== undefined && lane.window.room === 0) {
      this.#joins(lane, false);
      await lane.window.waitForRoom(signal);
    }
    if (lane.mode !== 'behind') return false;
    if (concerned !== undefined) lane.accept(recorded, concerned.key);
    return true;
  }
}

/** What an event is ordered by. */
function keyOf({ name, orderedBy, handlers }: DefinedReactor, recorded: RecordedEvent): string {
  const eventClass = handlers.get(recorded.type)?.eventClass;
  if (orderedBy === undefined || eventClass === undefined) return recorded.stream;
  const key: unknown = orderedBy(decodeEvent(recorded, eventClass), contextOfRecorded(recorded));
  const isKey = typeof key === 'string' && key.isWellFormed() && Buffer.byteLength(key) <= 1_000;
  if (isKey) return key;
  throw new TypeError(
    `Reactor '${name}': orderedBy returned ${describeReturned(key)} for '${recorded.type}', where well-formed Unicode of at most 1,000 bytes is wanted.`,
  );
}

function later(a: Position | undefined, b: Position | undefined): Position | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
