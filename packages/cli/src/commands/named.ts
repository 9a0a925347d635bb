import type { Administration, ConsumerInfo } from '@everfold/core';
import { usageError } from '../failure.js';

/**
 * What is declared or stored under a name.
 *
 * @throws {@link CliError} that says which names there are.
 */
export async function consumersNamed(
  administration: Administration,
  name: string,
  kind?: ConsumerInfo['kind'],
): Promise<readonly ConsumerInfo[]> {
  const all = (await administration.list()).filter((it) => kind === undefined || it.kind === kind);
  const found = all.filter((it) => it.name === name);
  if (found.length > 0) return found;
  const names = [...new Set(all.map((it) => it.name))];
  const what = kind ?? 'projection or reactor';
  throw usageError(
    names.length === 0
      ? `There is no ${what} '${name}': the configuration declares none. Add it to its definitions.`
      : `There is no ${what} '${name}'. There are: ${names.join(', ')}.`,
  );
}

/** An argument that commander has seen to. */
export function required(argument: string | undefined): string {
  if (argument === undefined) throw usageError('An argument is missing: see --help.');
  return argument;
}
