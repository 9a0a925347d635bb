import { dirname } from 'node:path';
import {
  type Administration,
  type EventStore,
  isReadModelStore,
  type ReadModelStore,
  type StoreFactory,
} from '@everfold/core';
import { findConfig } from '../config/find-config.js';
import type { EverfoldConfig } from '../define-config.js';
import { EXIT } from '../exit-code.js';
import { CliError, configError } from '../failure.js';
import { abortable } from './abortable.js';
import type { Environment } from './environment.js';

/** What the command line says about opening stores. */
export interface SessionOptions {
  readonly config?: string | undefined;
  /** How long a store may take to open, seconds. */
  readonly connectTimeout: number;
}

/** The stores of a configuration, opened for one command. */
export class Session implements AsyncDisposable {
  #readModels: Promise<ReadModelStore> | undefined;

  private constructor(
    readonly eventStore: EventStore,
    private readonly config: EverfoldConfig,
    private readonly environment: Environment,
    private readonly options: SessionOptions,
  ) {}

  /**
   * Finds and loads the configuration, and opens its log.
   *
   * @throws {@link CliError} when the configuration is wrong or the store cannot be opened in time.
   */
  static async open(environment: Environment, options: SessionOptions): Promise<Session> {
    const file = findConfig(environment.folder, options.config);
    environment.enter(dirname(file));
    const config = await abortable(environment.loadConfig(file), environment.signal);
    const eventStore = await opened('event store', config.eventStore, environment, options);
    return new Session(eventStore, config, environment, options);
  }

  /**
   * Opens the store of the read models too, and gives what operates on it.
   *
   * @throws {@link CliError} when there is none.
   */
  async administration(): Promise<Administration> {
    const { eventStore, config } = this;
    const readModels = await this.readModels();
    const { definitions } = config;
    return this.environment.createAdministration({ eventStore, readModels, definitions });
  }

  /**
   * Opens the store of the read models.
   *
   * @throws {@link CliError} when there is none.
   */
  readModels(): Promise<ReadModelStore> {
    this.#readModels ??= this.#readModelStore();
    return this.#readModels;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const readModels = await this.#readModels?.catch(() => undefined);
    if (readModels !== undefined && !isSame(readModels, this.eventStore))
      await readModels[Symbol.asyncDispose]();
    await this.eventStore[Symbol.asyncDispose]();
  }

  async #readModelStore(): Promise<ReadModelStore> {
    const { eventStore, config, environment, options } = this;
    if (config.readModels !== undefined && !isSame(config.readModels, config.eventStore))
      return opened('read-model store', config.readModels, environment, options);
    if (isReadModelStore(eventStore)) return eventStore;
    throw configError(
      'The event store of this configuration keeps no read models: add readModels to it, the store that the application uses.',
    );
  }
}

function isSame(one: object, other: object): boolean {
  return one === other;
}

async function opened<S>(
  what: string,
  factory: StoreFactory<S>,
  { signal }: Environment,
  { connectTimeout }: SessionOptions,
): Promise<S> {
  const late = AbortSignal.timeout(connectTimeout * 1_000);
  const either = AbortSignal.any([signal, late]);
  try {
    return await abortable(factory.open(either), either);
  } catch (cause) {
    signal.throwIfAborted();
    if (!late.aborted) throw cause;
    throw new CliError(
      `The ${what} could not be opened within ${connectTimeout} s. Is it running? --connect-timeout gives it more time.`,
      { code: 'STORE_UNAVAILABLE', exitCode: EXIT.unavailable, cause },
    );
  }
}
