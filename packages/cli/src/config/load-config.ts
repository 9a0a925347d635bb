import { pathToFileURL } from 'node:url';
import { createJiti } from 'jiti';
import type { EverfoldConfig } from '../define-config.js';
import { CliError, configError } from '../failure.js';

/**
 * Loads a configuration file and makes the configuration that it stands for.
 *
 * @param file - An absolute path. TypeScript is transformed as it is loaded, types are not checked.
 * @throws {@link CliError} that names the file and what is wrong with it.
 */
export async function loadConfig(file: string): Promise<EverfoldConfig> {
  try {
    const exported = unwrapped(await importFile(file));
    return checked(file, typeof exported === 'function' ? await exported() : exported);
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw configError(`${file} cannot be loaded: ${reason}`, { cause });
  }
}

async function importFile(file: string): Promise<unknown> {
  if (!/\.[mc]?ts$/.test(file)) return import(pathToFileURL(file).href);
  return createJiti(import.meta.url).import(file);
}

/** CommonJS and transformed modules wrap a default export once or twice. */
function unwrapped(exported: unknown): unknown {
  let at = exported;
  for (let depth = 0; depth < 3; depth += 1) {
    if (typeof at !== 'object' || at === null || 'eventStore' in at || !('default' in at)) break;
    at = at.default;
  }
  return at;
}

function checked(file: string, config: unknown): EverfoldConfig {
  if (typeof config !== 'object' || config === null || !('eventStore' in config))
    throw configError(
      `${file} must export by default what defineConfig returns: { eventStore, definitions }.`,
    );
  const { eventStore, readModels, definitions } = config as Partial<EverfoldConfig>;
  if (!isFactory(eventStore))
    throw configError(
      `${file}: eventStore must be a store factory, e.g. embedded({ folder: './data' }), and not an opened store.`,
    );
  if (readModels !== undefined && !isFactory(readModels))
    throw configError(`${file}: readModels must be a store factory, or left out.`);
  if (!Array.isArray(definitions) || !definitions.every(isNamed))
    throw configError(
      `${file}: definitions must be an array of projections and reactors; write [] where there are none.`,
    );
  return config as EverfoldConfig;
}

function isFactory(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { open?: unknown }).open === 'function'
  );
}

function isNamed(value: unknown): boolean {
  // Reactors may be classes, whose name is their own.
  if (typeof value === 'function') return true;
  return typeof (value as { name?: unknown } | null)?.name === 'string';
}
