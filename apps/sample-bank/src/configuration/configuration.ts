import { resolve } from 'node:path';
import type { ConfigService } from '@nestjs/config';
import { Settings } from './settings.js';

/** Where events are kept, of those that are built. */
export type EventStoreKind = 'embedded' | 'memory';

/** Where read models are kept. */
export type ReadModelsKind = 'embedded' | 'memory' | 'mongodb';

/** Everything that the environment may say about the bank. */
export interface Configuration {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Absolute. */
  readonly dataDir: string;
  readonly eventStore: EventStoreKind;
  readonly readModels: ReadModelsKind;
  /** Given for read models on MongoDB. It may hold a password: it is shown nowhere. */
  readonly mongodbUrl: string | undefined;
  /** How long a read waits for what its token names, ms. */
  readonly readTimeoutMs: number;
  /** How long stopping may take, ms; what is not answered by then is cut off. */
  readonly shutdownTimeoutMs: number;
}

/** Nest's service of configuration, as the bank's module makes it. */
export type BankConfig = ConfigService<{ readonly bank: Configuration }, true>;

/** The environment says something that the bank cannot do; nothing was started. */
export class ConfigurationError extends Error {
  /** @param problems - One sentence each, beginning with the variable. */
  constructor(
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(problems.join('\n'), options);
    this.name = 'ConfigurationError';
  }
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const EVENT_STORES = { built: ['embedded', 'memory'], planned: ['eventstoredb'] } as const;
const READ_MODELS = { built: ['embedded', 'memory', 'mongodb'], planned: [] } as const;

/**
 * Reads the bank's settings from environment variables, all of them, also those that the present choice of stores does
 * not need.
 *
 * @throws {@link ConfigurationError} that names every variable that is wrong.
 */
export function readConfiguration(
  environment: Readonly<Record<string, string | undefined>>,
): Configuration {
  const settings = new Settings(environment);
  const eventStore = settings.choice('EVENT_STORE', EVENT_STORES, 'embedded');
  const readModels = settings.choice<ReadModelsKind>('READ_MODELS', READ_MODELS, eventStore);
  const mongodbUrl = settings.url('MONGODB_URL', ['mongodb', 'mongodb+srv']);
  if (readModels === 'mongodb')
    settings.needed('MONGODB_URL', 'READ_MODELS=mongodb', 'mongodb://localhost:27017/bank');
  const configuration: Configuration = {
    host: settings.host('HOST', '127.0.0.1'),
    port: settings.integer('PORT', 3_000, { min: 0, max: 65_535 }),
    dataDir: resolve(settings.text('DATA_DIR', './data')),
    eventStore,
    readModels,
    mongodbUrl,
    readTimeoutMs: settings.integer('READ_TIMEOUT_MS', 500, { min: 0, max: LONGEST_TIMER_MS }),
    shutdownTimeoutMs: settings.integer('SHUTDOWN_TIMEOUT_MS', 10_000, {
      min: 0,
      max: LONGEST_TIMER_MS,
    }),
  };
  checkUnused(settings);
  if (settings.problems.length > 0) throw new ConfigurationError(settings.problems);
  return configuration;
}

/** What only a database that is not built yet and transfers need: a bad value is told today, not on the day they are switched on. */
function checkUnused(settings: Settings): void {
  settings.url('EVENTSTORE_URL', ['esdb', 'esdb+discover', 'kurrentdb', 'kurrentdb+discover']);
  settings.integer('TRANSFER_APPROVAL_ABOVE', 1_000_000, { min: 0, max: Number.MAX_SAFE_INTEGER });
  settings.integer('TRANSFER_TIMEOUT_MS', 30_000, { min: 1, max: Number.MAX_SAFE_INTEGER });
  settings.integer('APPROVAL_TIMEOUT_MS', 86_400_000, { min: 1, max: Number.MAX_SAFE_INTEGER });
}
