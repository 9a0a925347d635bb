import { Interrupted } from '../failure.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The parts of `process` that signals need. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): void;
}

/**
 * Turns the first SIGINT or SIGTERM into an aborted signal, whose reason is {@link Interrupted}; the second ends the process
 * at once.
 */
export function interruption(source: SignalSource): AbortSignal {
  const controller = new AbortController();
  for (const name of SIGNALS)
    source.on(name, () => {
      const reason = new Interrupted(name);
      if (controller.signal.aborted) return source.exit(reason.exitCode);
      controller.abort(reason);
    });
  return controller.signal;
}
