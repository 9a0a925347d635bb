import type { EventLine } from './event-line.js';

/** Why a line cannot be imported where it stands. */
export type OutOfOrder = 'incomplete' | 'repeated';

/** Follows the revisions of all streams of a file: those of each must begin somewhere and then go on without a hole. */
export class StreamOrder {
  readonly #last = new Map<string, number>();

  /** @returns What is wrong with the line at this place, or where its stream begins anew here. */
  next({ stream, revision }: EventLine): OutOfOrder | 'begins' | undefined {
    const last = this.#last.get(stream);
    if (last !== undefined && revision <= last) return 'repeated';
    this.#last.set(stream, revision);
    if (last === undefined) return revision === 0 ? undefined : 'begins';
    return revision === last + 1 ? undefined : 'incomplete';
  }
}
