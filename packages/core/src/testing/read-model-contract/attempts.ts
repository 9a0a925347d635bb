const MOST = 2_000;

/** Tries again until it succeeds; a store on which nobody ever wins is noticed. */
export async function untilWon(attempt: () => Promise<boolean>): Promise<void> {
  for (let attempts = 0; attempts < MOST; attempts += 1) if (await attempt()) return;
  throw new Error(`Nothing was won in ${MOST} attempts.`);
}
