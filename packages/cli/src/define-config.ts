import type { EventStore, ReadModelStore, StoreFactory } from '@everfold/core';

/** What the `everfold` command works on: the stores and the definitions of an application. */
export interface EverfoldConfig {
  /** Opens the log. */
  readonly eventStore: StoreFactory<EventStore>;
  /** Opens the store of the read models. Default: the event store, where it keeps read models too. */
  readonly readModels?: StoreFactory<ReadModelStore> | undefined;
  /** Projections and reactors, as the application declares them; anything else with a name is passed over. */
  readonly definitions: readonly { readonly name: string }[];
}

/** Makes a configuration when a command needs it, and not before. */
export type ConfigFunction = () => EverfoldConfig | Promise<EverfoldConfig>;

/**
 * Says what `everfold.config.ts` exports by default: a configuration, or a function that makes one. It returns what it is
 * given; nothing is opened.
 */
export function defineConfig(config: EverfoldConfig): EverfoldConfig;
export function defineConfig(config: ConfigFunction): ConfigFunction;
export function defineConfig(
  config: EverfoldConfig | ConfigFunction,
): EverfoldConfig | ConfigFunction;
export function defineConfig(
  config: EverfoldConfig | ConfigFunction,
): EverfoldConfig | ConfigFunction {
  return config;
}
