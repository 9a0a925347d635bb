import type { AggregateRepository, EventStore, RepositoryOptions } from '@everfold/core';
import { type AggregateRoot, createRepository, StoreUnavailableError } from '@everfold/core';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CommitRepositories } from '../cqrs/commit-repositories.js';
import { StreamCommitRepository } from '../cqrs/commit-repository.js';
import { type CqrsAggregate, isCqrsAggregate } from '../cqrs/cqrs-aggregate.js';
import { HttpConnections } from '../shutdown/http-connections.js';
import { WorkInFlight } from '../shutdown/work.js';
import { ApplicationStore } from '../store/application-store.js';
import { CountedRepository } from '../store/counted-repository.js';
import { identityOf, nameOf } from './feature.js';
import {
  assertOptions,
  EVERFOLD_OPTIONS,
  type EverfoldModuleOptions,
  shutdownTimeoutOf,
} from './options.js';

/** @internal Nest shows it when there is no root, so it says what is missing. */
export const APPLICATION = Symbol.for(
  'what EverfoldModule.forRoot(…) provides: import it once, in the root module',
);

/** What is left of the time to shut down for closing the store, when requests take the rest. */
const SHARE_OF_REQUESTS = 0.8;
/** Closing is never cut off at once, also when requests have taken all of the time. */
const MIN_CLOSE_MS = 100;

/** @internal Everfold within one application: its store, its repositories, its work in flight. */
@Injectable()
export class EverfoldApplication {
  readonly store = new ApplicationStore();
  readonly work = new WorkInFlight();
  readonly #logger = new Logger('Everfold');
  readonly #options: EverfoldModuleOptions;
  readonly #registrations = new Map<object, symbol>();
  readonly #opening = new AbortController();
  #isShuttingDown: boolean = false;
  #deadline: number | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    @Inject(EVERFOLD_OPTIONS) options: EverfoldModuleOptions,
    @Inject(CommitRepositories) private readonly commitRepositories: CommitRepositories,
    @Inject(HttpConnections) private readonly connections: HttpConnections,
    @Inject(HttpAdapterHost) private readonly http: HttpAdapterHost | undefined,
  ) {
    assertOptions(options);
    this.#options = options;
  }

  get options(): EverfoldModuleOptions {
    return this.#options;
  }

  /** Whether there are aggregates with `commit()`. */
  get hasCommits(): boolean {
    return !this.commitRepositories.isEmpty;
  }

  /**
   * Makes the repository of a feature.
   *
   * @param registration - Stands for the call of `forFeature`.
   * @throws TypeError when another call has registered it, or it is no aggregate.
   */
  register(
    feature: object,
    registration: symbol,
  ): AggregateRepository<unknown> | StreamCommitRepository<object> {
    const identity = identityOf(feature);
    const earlier = this.#registrations.get(identity);
    if (earlier !== undefined && earlier !== registration)
      throw new TypeError(
        `${nameOf(identity)} is registered twice: two calls of EverfoldModule.forFeature name it. Keep it in one module, which has ` +
          'EverfoldModule in its exports, and import that module where the repository is needed.',
      );
    this.#registrations.set(identity, registration);
    return isCqrsAggregate(feature)
      ? this.#commitRepositoryOf(feature)
      : this.#repositoryOf(feature);
  }

  /** Opens the store. @throws What the store says when it cannot be opened. */
  async open(): Promise<void> {
    const { eventStore, snapshots } = this.#options;
    const store = await eventStore.open(this.#opening.signal);
    if (typeof (store as Partial<EventStore> | undefined)?.append !== 'function')
      throw new TypeError(
        'EverfoldModule: eventStore.open() resolved with no event store. Return what embedded({ folder }) or memory() opens.',
      );
    if (this.#closed !== undefined) {
      await store[Symbol.asyncDispose]();
      throw new StoreUnavailableError(
        'The application was shut down while its event store was opened.',
      );
    }
    this.store.attach(store);
    if (snapshots !== undefined && !this.store.keepsSnapshots)
      throw new TypeError(
        'EverfoldModule: this event store keeps no snapshots. Leave snapshots out.',
      );
  }

  /** Watches the HTTP server, where there is one, before it listens. */
  watchHttp(): void {
    this.connections.attach(this.http?.httpAdapter?.getHttpServer() as unknown);
  }

  /** Why the application cannot do its work; `undefined` when it can. Never rejects. */
  async problem(timeoutMs: number): Promise<string | undefined> {
    if (this.#isShuttingDown) return 'The application is shutting down.';
    try {
      if (await endsWithin(this.store.head(), timeoutMs)) return undefined;
      return `The event store has not answered within ${timeoutMs} ms.`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Says from now on that the application is not ready. */
  beginShutdown(): void {
    if (this.#isShuttingDown) return;
    this.#isShuttingDown = true;
    this.#opening.abort(new Error('The application is shutting down.'));
    this.#deadline = performance.now() + shutdownTimeoutOf(this.#options);
  }

  /** Answers the HTTP requests that have arrived, and takes no more. */
  async drainHttp(): Promise<void> {
    await this.connections.drain(this.#left * SHARE_OF_REQUESTS);
  }

  /** Lets commands in flight end, and closes the store. However often it is called, there is one end. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const unfinished = await this.work.close(this.#left * SHARE_OF_REQUESTS);
    if (unfinished > 0)
      this.#logger.error(
        `Shutting down cut off ${unfinished} commands or queries that had not ended in time: whether they have written is not known. ` +
          'Raise shutdownTimeoutMs, or let their callers repeat them with the same command id.',
      );
    const closing = this.store[Symbol.asyncDispose]();
    if (await endsWithin(closing, Math.max(this.#left, MIN_CLOSE_MS))) return;
    this.#logger.error('The event store did not close in time. What it acknowledged is durable.');
    closing.catch((error: unknown) => this.#logger.error('The event store did not close', error));
  }

  get #left(): number {
    const deadline = this.#deadline ?? performance.now() + shutdownTimeoutOf(this.#options);
    return Math.max(deadline - performance.now(), 0);
  }

  #commitRepositoryOf(feature: CqrsAggregate<object>): StreamCommitRepository<object> {
    const { conflictRetries } = this.#options.commands ?? {};
    const repository = new StreamCommitRepository(feature, this.store, this.work, {
      conflictRetries,
    });
    this.commitRepositories.add(feature.aggregate, repository);
    return repository;
  }

  #repositoryOf(feature: object): AggregateRepository<unknown> {
    const { snapshots, cache, oneAtATime, commands } = this.#options;
    const options: RepositoryOptions = {
      snapshots:
        snapshots === undefined
          ? undefined
          : { store: this.store.snapshots, every: snapshots.every },
      cache,
      oneAtATime,
      conflictRetries: commands?.conflictRetries,
    };
    // Which of the two forms it is, createRepository finds out; what is neither, it refuses.
    const repository = createRepository(
      this.store as EventStore,
      feature as new () => AggregateRoot,
      options,
    );
    return new CountedRepository(repository, this.work) as AggregateRepository<unknown>;
  }
}

async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
