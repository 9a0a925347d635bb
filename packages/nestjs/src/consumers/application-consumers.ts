import {
  type ConsumerStatus,
  type Consumers,
  createReadModel,
  type EventStore,
  isReadModelStore,
  type Projection,
  type ReadModel,
  type ReadModelStore,
  runConsumers,
} from '@everfold/core';
import type { ModulesContainer } from '@nestjs/core';
import type { EverfoldModuleOptions } from '../module/options.js';
import type { WorkInFlight } from '../shutdown/work.js';
import { ApplicationReadModels } from '../store/application-read-models.js';
import type { ConsumerFeature } from './consumer-feature.js';
import { consumerLog, liveStopped, messageOf } from './consumer-log.js';
import { ConsumerRegistry } from './consumer-registry.js';
import { LiveReadModels } from './live-read-models.js';
import { reactorOf } from './reactor-class.js';
import { assertReactorsRegistered, reactorInstance } from './reactor-instances.js';

/** @internal What follows the log in one application: stored and live projections, and reactors. */
export class ApplicationConsumers {
  /** Where documents lie; can be handed out before it is open. */
  readonly store = new ApplicationReadModels();
  readonly #registry = new ConsumerRegistry();
  readonly #readModels = new Map<object, ReadModel<object>>();
  readonly #live = new LiveReadModels();
  readonly #work: WorkInFlight;
  #definitions: readonly { readonly name: string }[] = [];
  #running: Promise<Consumers> | undefined;
  #failure: string | undefined;
  #hasStarted: boolean = false;
  #isClosed: boolean = false;

  constructor(work: WorkInFlight) {
    this.#work = work;
  }

  /**
   * Registers a feature, as often as it is named.
   *
   * @returns Its read model, one an application; `undefined` for reactors.
   * @throws TypeError when another one has its name, or the application has started.
   */
  register(consumer: ConsumerFeature): ReadModel<object> | undefined {
    if (this.#hasStarted && !this.#registry.has(consumer.feature))
      throw new TypeError(
        `'${consumer.name}' is registered after the application has started, and nobody would run it: import its module where the ` +
          'application is made, and not lazily.',
      );
    this.#registry.add(consumer);
    if (consumer.kind === 'live') return this.#live.of(consumer.feature);
    return consumer.kind === 'projection' ? this.#readModelOf(consumer.feature) : undefined;
  }

  #readModelOf(projection: Projection<object>): ReadModel<object> {
    const known = this.#readModels.get(projection);
    if (known !== undefined) return known;
    const made = createReadModel(this.store, projection);
    this.#readModels.set(projection, made);
    return made;
  }

  /**
   * Finds everything that is wrong before anything is opened.
   *
   * @throws TypeError when `consumers` names what is not there, or a class with `@Reactor` is not registered, or not there once.
   */
  setUp(modules: ModulesContainer, { consumers = 'all' }: EverfoldModuleOptions): void {
    assertReactorsRegistered(modules, (reactorClass) => this.#registry.has(reactorClass));
    const { names } = this.#registry;
    const unknown =
      typeof consumers === 'string' ? [] : consumers.filter((it) => !names.includes(it));
    if (unknown.length > 0)
      throw new TypeError(
        `EverfoldModule: consumers names '${unknown.join("', '")}', and no EverfoldModule.forFeature does. ` +
          (names.length === 0 ? 'There are none.' : `There are '${names.join("', '")}'.`),
      );
    this.#definitions = [
      ...this.#registry.all('projection'),
      ...this.#registry.all('reactor'),
      ...this.#registry
        .all('reactor-class')
        .map((reactorClass) => reactorOf(reactorClass, reactorInstance(modules, reactorClass))),
    ];
  }

  /**
   * Opens the store of read models, or takes the event store, where it keeps them too.
   *
   * @returns `undefined` when there is none, and nothing to be stored.
   * @throws TypeError when something is to be stored, and nowhere.
   */
  async open(
    { readModels }: EverfoldModuleOptions,
    eventStore: EventStore,
    signal: AbortSignal,
  ): Promise<ReadModelStore | undefined> {
    const store = readModels === undefined ? eventStore : await readModels.open(signal);
    if (isReadModelStore(store)) return store;
    if (readModels !== undefined)
      throw new TypeError(
        'EverfoldModule: readModels.open() resolved with no store of read models. Return what embedded({ folder }) or memoryReadModels() opens.',
      );
    const [first] = this.#definitions;
    if (first === undefined) return undefined;
    throw new TypeError(
      `EverfoldModule: this event store keeps no read models, and '${first.name}' needs a place for what it has come to. ` +
        'Give readModels: memoryReadModels(), embedded({ folder }), …',
    );
  }

  /**
   * Begins to follow the log, and waits until live projections have caught up with it.
   *
   * @throws What the kernel says of definitions that may not run, or the signal's reason.
   */
  async start(
    options: EverfoldModuleOptions,
    eventStore: EventStore,
    signal: AbortSignal,
  ): Promise<void> {
    this.#hasStarted = true;
    const { consumers, leases, retry } = options;
    if (this.#definitions.length > 0) {
      // What reactors ask of the application is part of what shutting down waits for: it goes on until they are closed.
      this.#running = this.#work.within(() =>
        runConsumers({
          eventStore,
          readModels: this.store,
          definitions: this.#definitions,
          consumers,
          leases,
          retry,
          report: consumerLog(),
        }),
      );
      const running = await this.#running;
      running.ended.catch((error: unknown) => {
        this.#failure = messageOf(error);
      });
    }
    await this.#live.open({ eventStore, signal, retry, report: consumerLog(liveStopped) });
  }

  /** How consumers stand; `undefined` before they were started. */
  async status(): Promise<readonly ConsumerStatus[]> {
    const running = await this.#running;
    return running === undefined || this.#isClosed ? [] : running.status();
  }

  /** Why some of them do not go on, beside what their status says; a sentence each. */
  get failures(): readonly string[] {
    return this.#failure === undefined
      ? this.#live.failures
      : [this.#failure, ...this.#live.failures];
  }

  /** Ends what follows the log. The stores stay open. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#live.close();
    // One that could not start has nothing to close.
    const running = await this.#running?.catch(() => undefined);
    await running?.[Symbol.asyncDispose]();
  }
}
