import 'reflect-metadata';
import { startBank } from './bank.js';
import { ConfigurationError, readConfiguration } from './configuration/configuration.js';
import { welcome } from './welcome.js';

const stopping = new AbortController();
// They stay for ever: a second signal is as harmless as the first.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => stopping.abort());

try {
  await run();
  process.exit(0);
} catch (error) {
  if (stopping.signal.aborted) process.exit(0);
  const known = error instanceof ConfigurationError;
  process.stderr.write(
    `cannot start:\n${known ? error.message : String((error as Error).stack)}\n`,
  );
  process.exit(1);
}

async function run(): Promise<void> {
  const configuration = readConfiguration(process.env);
  const bank = await startBank(configuration, stopping.signal);
  process.stdout.write(welcome(bank.url, configuration));
  await stopped(stopping.signal);
  await bank.stop();
}

function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}
