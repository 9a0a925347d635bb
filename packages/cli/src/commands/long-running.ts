import type { EventStore, Progress } from '@everfold/core';
import type { CommandContext } from '../command.js';
import type { Step } from '../output/progress.js';
import { ShareOfLog } from '../transfer/share-of-log.js';

interface Operation {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** Runs something long with the command's signal, and shows how far it is. */
export async function withProgress<T>(
  { output, session, signal }: CommandContext,
  operate: (options: Operation) => Promise<T>,
): Promise<T> {
  const { eventStore } = await session();
  const stepOf = await stepsIn(eventStore, signal);
  const display = output.progress();
  try {
    return await operate({ signal, onProgress: (progress) => display.update(stepOf(progress)) });
  } finally {
    display.close();
  }
}

/** Makes steps of progress; where no total is known, it is guessed by how far in the log that is. */
async function stepsIn(
  eventStore: EventStore,
  signal: AbortSignal,
): Promise<(progress: Progress) => Step> {
  // What retention hides has a place in the log still.
  let first: Progress['position'];
  for await (const { position } of eventStore.readAll({ limit: 1, signal })) first = position;
  return ({ phase, done, total, position, head }) => {
    if (total !== undefined) return { phase, done, total };
    if (position === undefined || head === undefined) return { phase, done };
    const hasGrown = head < position;
    return new ShareOfLog(phase, first, head).step(done, hasGrown ? head : position);
  };
}
