import type { Bank } from './bank.js';

const stopping = new AbortController();
// They stay for ever: a second signal is as harmless as the first. And they come first: loading the rest takes a while.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => stopping.abort());

const bank = await start();
await stopped(stopping.signal);
await bank.stop().catch((error: unknown) => fail('stopped, but not as it should', error));
process.exit(0);

async function start(): Promise<Bank> {
  try {
    await import('reflect-metadata');
    const { startBank } = await import('./bank.js');
    const { welcome } = await import('./welcome.js');
    const started = await startBank(process.env, stopping.signal);
    process.stdout.write(welcome(started.url, started.configuration));
    return started;
  } catch (error) {
    if (stopping.signal.aborted) process.exit(0);
    return fail('cannot start', error);
  }
}

function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}

/** What the reader can mend is told in a sentence; anything else with its stack. */
function fail(what: string, error: unknown): never {
  const { name, message, stack } = error as Error;
  process.stderr.write(`${what}:\n${name === 'ConfigurationError' ? message : stack}\n`);
  process.exit(1);
}
