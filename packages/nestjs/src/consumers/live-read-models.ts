import {
  type ConsumerReport,
  deferredReadModel,
  type EventStore,
  type LiveProjection,
  openLiveProjection,
  type ReadModel,
  type RetryPolicy,
  StoreUnavailableError,
} from '@everfold/core';
import { messageOf } from './consumer-log.js';
import type { LiveFeature } from './live.js';

/** What live projections are opened with. */
interface Opening {
  readonly eventStore: EventStore;
  readonly signal: AbortSignal;
  readonly retry: RetryPolicy | undefined;
  readonly report: (report: ConsumerReport) => void;
}

/** @internal The live projections of an application. */
export class LiveReadModels {
  readonly #readModels = new Map<LiveFeature, ReadModel<object>>();
  readonly #opened = new Map<LiveFeature, LiveProjection<object>>();
  readonly #failures: string[] = [];

  /** The read model of a live projection, one an application; it can be handed out before there is anything in it. */
  of(feature: LiveFeature): ReadModel<object> {
    const known = this.#readModels.get(feature);
    if (known !== undefined) return known;
    const made = deferredReadModel(() => this.#openedOf(feature));
    this.#readModels.set(feature, made);
    return made;
  }

  /** Resolves when all of them are caught up. @throws What stopped one of them, or the signal's reason. */
  async open({ eventStore, ...options }: Opening): Promise<void> {
    const opening = [...this.#readModels.keys()].map(async (feature) => {
      const { name, projection } = feature;
      const opened = await openLiveProjection(eventStore, projection, options);
      this.#opened.set(feature, opened);
      opened.ended.catch((error: unknown) => {
        this.#failures.push(`'${name}' (live) is stopped: ${messageOf(error)}`);
      });
    });
    // All of them, so that none is left behind open.
    for (const outcome of await Promise.allSettled(opening))
      if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** Why some do not go on, a sentence each. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#opened.values()].map((each) => each[Symbol.asyncDispose]()));
  }

  #openedOf(feature: LiveFeature): LiveProjection<object> {
    const opened = this.#opened.get(feature);
    if (opened !== undefined) return opened;
    throw new StoreUnavailableError(
      `Live projection '${feature.name}' is not there yet: the application folds it when it starts, in onApplicationBootstrap. Read it ` +
        'afterwards; in a test, await app.init() first.',
    );
  }
}
