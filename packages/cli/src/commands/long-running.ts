import type { Progress } from '@everfold/core';
import type { CommandContext } from '../command.js';

interface Operation {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** Runs something long with the command's signal, and shows how far it is. */
export async function withProgress<T>(
  { output, signal }: CommandContext,
  operate: (options: Operation) => Promise<T>,
): Promise<T> {
  const display = output.progress();
  try {
    return await operate({ signal, onProgress: (step) => display.update(step) });
  } finally {
    display.close();
  }
}
