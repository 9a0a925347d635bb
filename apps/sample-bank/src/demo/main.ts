import { NoBankError, runDemo } from './demo.js';
import { readOptions, USAGE, UsageError } from './options.js';

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => stopping.abort());

process.exit(await main());

/** @returns 0; 1 when there is no bank, or it broke its word; 2 when the command line is wrong. */
async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options === undefined) {
      process.stdout.write(USAGE);
      return 0;
    }
    const { stale, writes } = await runDemo(options, stopping.signal, (line) => {
      process.stdout.write(`${line}\n`);
    });
    return stale > 0 || writes === 0 ? 1 : 0;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${USAGE}`);
      return 2;
    }
    if (!(error instanceof NoBankError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
