// npm run bench: measures, prints the table, and fails when nothing was synced.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Bench } from './bench.js';
import { environmentOf, unfitness } from './environment.js';
import { type Options, optionsOf } from './options.js';
import { installPeers } from './peers/install.js';
import { preamble, table } from './report.js';
import { allRows } from './rows/all.js';
import type { Measured, RowDefinition } from './rows/row.js';
import { scales } from './scale.js';
import { suspicionOf } from './suspicion.js';

const dataFolder = fileURLToPath(new URL('../data/', import.meta.url));

function chosen({ only, scale }: Options): readonly RowDefinition[] {
  if (only === undefined) return allRows.filter(({ longOnly }) => !longOnly || scale === 'long');
  const unknown = only.find((name) => allRows.every((row) => row.name !== name));
  if (unknown !== undefined)
    throw new TypeError(
      `No row '${unknown}'. There are ${allRows.map(({ name }) => name).join(', ')}.`,
    );
  return allRows.filter(({ name }) => only.includes(name));
}

async function measureAll(bench: Bench, rows: readonly RowDefinition[]) {
  const measured: Measured[] = [];
  const failures: string[] = [];
  for (const row of rows) {
    process.stderr.write(`${row.name} …\n`);
    try {
      measured.push(await row.measure(bench));
    } catch (cause) {
      failures.push(`${row.name} failed: ${cause instanceof Error ? cause.message : cause}`);
    }
  }
  return { measured, failures };
}

async function main(): Promise<readonly string[]> {
  const options = optionsOf(process.argv.slice(2));
  const rows = chosen(options);
  const folder = options.dir ?? dataFolder;
  mkdirSync(folder, { recursive: true });
  const environment = environmentOf(folder);
  const unavailable = installPeers();
  process.stdout.write(`${preamble(environment, unavailable)}\n\n`);
  const unfit = unfitness(environment);
  if (unfit !== undefined) return [unfit];

  const bench = new Bench(scales[options.scale], options.store, folder, unavailable, {
    profileFolder: options.profile,
  });
  const { measured, failures } = await measureAll(bench, rows);
  process.stdout.write(`${table(measured)}\n`);
  const json = JSON.stringify(
    measured.map(({ row }) => row),
    null,
    2,
  );
  if (options.json !== undefined) writeFileSync(options.json, `${json}\n`);
  return [...failures, suspicionOf(measured.map(({ row }) => row))].filter(
    (failure) => failure !== undefined,
  );
}

const failures = await main().catch((cause: unknown) => [
  cause instanceof Error ? cause.message : String(cause),
]);
for (const failure of failures) process.stderr.write(`\n${failure}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
