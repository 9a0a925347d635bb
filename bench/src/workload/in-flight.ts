/** What was done, and how long it took. */
export interface Done {
  readonly count: number;
  readonly ms: number;
}

/** Which indexes to go through, with how many at a time, and when to stop before the end. */
export interface Course {
  readonly from: number;
  readonly to: number;
  readonly inFlight: number;
  /** Begins nothing new after so many ms: slow logs do fewer, and the rate stays a rate. */
  readonly maxMs: number;
}

/**
 * Calls `act` with each index, so many at a time, each as soon as one before it has resolved.
 *
 * @throws What `act` rejected with first.
 */
export async function goThrough(
  { from, to, inFlight, maxMs }: Course,
  act: (index: number) => Promise<unknown>,
): Promise<Done> {
  let next = from;
  const begun = performance.now();
  const deadline = begun + maxMs;
  const work = async () => {
    while (next < to && performance.now() < deadline) {
      const index = next;
      next += 1;
      await act(index);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return { count: next - from, ms: performance.now() - begun };
}

/** How many a second. */
export function rateOf({ count, ms }: Done): number {
  return (count / ms) * 1_000;
}
