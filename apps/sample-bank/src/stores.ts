import type { EventStore, ReadModelStore, StoreFactory } from '@everfold/core';
import { embedded } from '@everfold/embedded';
import { memory, memoryReadModels } from '@everfold/memory';
import { mongodb } from '@everfold/mongodb';
import { type Configuration, ConfigurationError } from './configuration/configuration.js';

/**
 * The event store that the configuration asks for. It keeps read models too.
 *
 * @param starting - Gives up opening it: `open` then rejects with its reason. Otherwise with a {@link ConfigurationError} when
 * the folder cannot be used as configured.
 */
export function eventStoreOf(
  configuration: Configuration,
  starting: AbortSignal,
): StoreFactory<EventStore> {
  const { eventStore, dataDir } = configuration;
  switch (eventStore) {
    case 'embedded':
      return openedIn(configuration, starting, embedded({ folder: dataDir }));
    case 'memory':
      return openedIn(configuration, starting, memory());
  }
}

/** The store of read models, where it is not the event store; as {@link eventStoreOf}, also when MongoDB cannot be reached. */
export function readModelsOf(
  configuration: Configuration,
  starting: AbortSignal,
): StoreFactory<ReadModelStore> | undefined {
  const { eventStore, readModels, dataDir, mongodbUrl } = configuration;
  if (readModels === eventStore) return undefined;
  switch (readModels) {
    case 'embedded':
      return openedIn(configuration, starting, embedded({ folder: dataDir }));
    case 'memory':
      return openedIn(configuration, starting, memoryReadModels());
    case 'mongodb':
      return opened('MONGODB_URL', starting, mongodb({ url: mongodbUrl }));
  }
}

function openedIn<S>(
  { dataDir }: Configuration,
  starting: AbortSignal,
  factory: StoreFactory<S>,
): StoreFactory<S> {
  return opened(`DATA_DIR ${dataDir}`, starting, factory);
}

/** @param setting - What is to be mended when it cannot be opened. */
function opened<S>(
  setting: string,
  starting: AbortSignal,
  factory: StoreFactory<S>,
): StoreFactory<S> {
  return {
    open: async (signal) => {
      const either = AbortSignal.any([signal, starting]);
      try {
        return await factory.open(either);
      } catch (cause) {
        if (either.aborted) throw cause;
        const reason = cause instanceof Error ? cause.message : String(cause);
        const problem = `${setting} cannot be used: ${reason}`;
        throw new ConfigurationError([problem], { cause });
      }
    },
  };
}
