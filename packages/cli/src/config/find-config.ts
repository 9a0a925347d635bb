import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { configError } from '../failure.js';

/** The names under which a configuration is looked for, in this order. */
export const CONFIG_FILES = ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts'].map(
  (ending) => `everfold.config.${ending}`,
);

/**
 * Finds the configuration: the file that was named, or the nearest one from a folder upwards.
 *
 * @param from - An absolute folder.
 * @param named - What `--config` says, relative to that folder.
 * @returns An absolute path.
 * @throws {@link CliError} when there is none.
 */
export function findConfig(from: string, named?: string | undefined): string {
  if (named !== undefined) return existing(resolve(from, named));
  for (let folder = from; ; folder = dirname(folder)) {
    const found = CONFIG_FILES.map((name) => join(folder, name)).find((file) => existsSync(file));
    if (found !== undefined) return found;
    if (dirname(folder) === folder) break;
  }
  throw configError(
    `No everfold.config.ts (or .js, .mjs, .cjs, .mts, .cts) in ${from} or above it. ` +
      `Write one with defineConfig from '@everfold/cli', or name it with --config.`,
  );
}

function existing(file: string): string {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === true) return file;
  throw configError(`--config ${file}: there is no such file.`);
}
