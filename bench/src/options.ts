import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { ScaleName } from './scale.js';
import type { StoreName } from './workload/store.js';

/** What `npm run bench -- …` was told. */
export interface Options {
  readonly scale: ScaleName;
  /** Names of rows. Default: all of the scale. */
  readonly only: readonly string[] | undefined;
  /** Where the rows go as JSON. Default: nowhere. */
  readonly json: string | undefined;
  /** Where data lies while it runs. Default: bench/data. */
  readonly dir: string | undefined;
  readonly store: StoreName;
  /** Where CPU profiles of our samples go. Default: none are taken. */
  readonly profile: string | undefined;
}

/** @throws TypeError when an option is not known, or its value is not. */
export function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean' },
      long: { type: 'boolean' },
      only: { type: 'string' },
      json: { type: 'string' },
      dir: { type: 'string' },
      store: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  if (values.quick && values.long) throw new TypeError('Choose one of --quick and --long.');
  return {
    scale: values.quick ? 'quick' : values.long ? 'long' : 'normal',
    only: values.only?.split(',').map((name) => name.trim()),
    json: pathOf(values.json),
    dir: pathOf(values.dir),
    store: storeOf(values.store),
    profile: pathOf(values.profile),
  };
}

/** npm starts scripts in the package's folder, and remembers where the user was. */
function pathOf(path: string | undefined): string | undefined {
  const { INIT_CWD: begunIn = '' } = process.env;
  return path === undefined ? undefined : resolve(begunIn, path);
}

function storeOf(name = 'embedded'): StoreName {
  if (name !== 'embedded' && name !== 'memory')
    throw new TypeError(`--store is 'embedded' or 'memory', not '${name}'.`);
  return name;
}
