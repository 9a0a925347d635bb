import type { EventStore, StoreFactory } from '@everfold/core';
import { embedded } from '@everfold/embedded';
import { memory } from '@everfold/memory';
import { type Configuration, ConfigurationError } from './configuration/configuration.js';

/**
 * The store that the configuration asks for.
 *
 * @param starting - Gives up opening it: `open` then rejects with its reason. Otherwise with a {@link ConfigurationError} when
 * the folder cannot be used as configured.
 */
export function eventStoreOf(
  configuration: Configuration,
  starting: AbortSignal,
): StoreFactory<EventStore> {
  const factory = factoryOf(configuration);
  return {
    open: async (signal) => {
      const either = AbortSignal.any([signal, starting]);
      try {
        return await factory.open(either);
      } catch (cause) {
        if (either.aborted) throw cause;
        const reason = cause instanceof Error ? cause.message : String(cause);
        const problem = `DATA_DIR ${configuration.dataDir} cannot be used: ${reason}`;
        throw new ConfigurationError([problem], { cause });
      }
    },
  };
}

function factoryOf({ eventStore, dataDir }: Configuration): StoreFactory<EventStore> {
  switch (eventStore) {
    case 'embedded':
      return embedded({ folder: dataDir });
    case 'memory':
      return memory();
  }
}
