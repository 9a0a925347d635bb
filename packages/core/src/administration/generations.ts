import type { ModelRecord } from '../consumer/records.js';

/** @internal The generation that is being filled; of several, the newest. */
export function fillingOf({ generations }: ModelRecord): number | undefined {
  const filling = Object.entries(generations).filter(([, { state }]) => state === 'filling');
  return filling.length === 0 ? undefined : Math.max(...filling.map(([key]) => Number(key)));
}

/** @internal The highest number that a generation was ever given. */
export function highestOf({ generations, highest = 0 }: ModelRecord): number {
  return Math.max(highest, ...Object.keys(generations).map(Number));
}
