import type { AggregateRepository, EventStore, RepositoryOptions } from '@everfold/core';
import { type AggregateRoot, createRepository, StoreUnavailableError } from '@everfold/core';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost, type ModulesContainer } from '@nestjs/core';
import { ApplicationConsumers } from '../consumers/application-consumers.js';
import { CommitRepositories } from '../cqrs/commit-repositories.js';
import { StreamCommitRepository } from '../cqrs/commit-repository.js';
import { type CqrsAggregate, isCqrsAggregate } from '../cqrs/cqrs-aggregate.js';
import { type ApplicationHealth, applicationHealth } from '../health/application-health.js';
import { HttpConnections } from '../shutdown/http-connections.js';
import { inTime } from '../shutdown/in-time.js';
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

/** How much of what is left of the time to shut down each part may take, so that there is some for the next. */
const SHARE_OF_A_PART = 0.8;
/** Closing is never cut off at once, also when requests have taken all of the time. */
const MIN_CLOSE_MS = 100;

/** @internal Everfold within one application: its stores, its repositories, its consumers, its work in flight. */
@Injectable()
export class EverfoldApplication {
  readonly store = new ApplicationStore();
  readonly work = new WorkInFlight();
  readonly consumers = new ApplicationConsumers(this.work);
  readonly #logger = new Logger('Everfold');
  readonly #options: EverfoldModuleOptions;
  readonly #registrations = new Map<object, symbol>();
  readonly #opening = new AbortController();
  #isShuttingDown: boolean = false;
  #deadline: number | undefined;
  /** What was opened; one store may be both. */
  readonly #stores = new Set<AsyncDisposable>();
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

  /** Opens the stores. @throws What they say when they cannot be opened; TypeError when they are not what is needed. */
  async open(modules: ModulesContainer): Promise<void> {
    const { eventStore, snapshots } = this.#options;
    this.consumers.setUp(modules, this.#options);
    const store = await eventStore.open(this.#opening.signal);
    if (typeof (store as Partial<EventStore> | undefined)?.append !== 'function')
      throw new TypeError(
        'EverfoldModule: eventStore.open() resolved with no event store. Return what embedded({ folder }) or memory() opens.',
      );
    await this.#keepOpen(store, 'event store');
    this.store.attach(store);
    this.#stores.add(store);
    if (snapshots !== undefined && !this.store.keepsSnapshots)
      throw new TypeError(
        'EverfoldModule: this event store keeps no snapshots. Leave snapshots out.',
      );
    const readModels = await this.consumers.open(this.#options, store, this.#opening.signal);
    if (readModels === undefined) return;
    await this.#keepOpen(readModels, 'store of read models');
    this.consumers.store.attach(readModels);
    this.#stores.add(readModels);
  }

  /** @throws {@link StoreUnavailableError} when the application was shut down meanwhile; the store is closed. */
  async #keepOpen(store: AsyncDisposable, what: string): Promise<void> {
    if (this.#closed === undefined) return;
    await store[Symbol.asyncDispose]();
    throw new StoreUnavailableError(`The application was shut down while its ${what} was opened.`);
  }

  /** Begins to follow the log. @throws What the kernel says of consumers that may not run. */
  async startConsumers(): Promise<void> {
    if (this.#isShuttingDown) return;
    await this.consumers.start(this.#options, this.store.opened, this.#opening.signal);
  }

  /** Watches the HTTP server, where there is one, before it listens. */
  watchHttp(): void {
    this.connections.attach(this.http?.httpAdapter?.getHttpServer() as unknown);
  }

  /** Whether the application can do its work. Never rejects. */
  async health(timeoutMs: number): Promise<ApplicationHealth> {
    if (this.#isShuttingDown)
      return { problem: 'The application is shutting down.', consumers: [] };
    return applicationHealth(this.store, this.consumers, timeoutMs);
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
    await this.connections.drain(this.#left * SHARE_OF_A_PART);
  }

  /** Lets commands in flight end, then consumers, and closes the stores. However often it is called, there is one end. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const unfinished = await this.work.close(this.#left * SHARE_OF_A_PART);
    if (unfinished > 0)
      this.#logger.error(
        `Shutting down cut off ${unfinished} commands or queries that had not ended in time: whether they have written is not known. ` +
          'Raise shutdownTimeoutMs, or let their callers repeat them with the same command id.',
      );
    // Reads that wait for a read model have ended by now: until then, somebody has to feed it.
    const consumers = this.consumers.close().catch((error: unknown) => {
      this.#logger.error('The consumers did not close', error);
    });
    await this.#end('The consumers', consumers, this.#left * SHARE_OF_A_PART);
    const stores = [...this.#stores].map((store) => store[Symbol.asyncDispose]());
    await this.#end('The stores', Promise.all(stores), this.#left);
  }

  /** What has not ended in time is left behind, and said. */
  async #end(what: string, ending: Promise<unknown>, ms: number): Promise<void> {
    const ended = await inTime(ending, Math.max(ms, MIN_CLOSE_MS));
    if (!ended.isLate) return;
    this.#logger.error(`${what} did not close in time. What was acknowledged is durable.`);
    ending.catch((error: unknown) => this.#logger.error(`${what} did not close`, error));
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
      readModels: this.consumers.store,
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
