/** @internal What work came to, or that it had not ended in time. Rejects as the work does. */
export type InTime<R> = { readonly isLate: false; readonly value: R } | { readonly isLate: true };

/** @internal Waits for work, for so many milliseconds at most. The work goes on all the same. */
export async function inTime<R>(work: Promise<R>, ms: number): Promise<InTime<R>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<InTime<R>>((resolve) => {
    timer = setTimeout(() => resolve({ isLate: true }), ms);
  });
  try {
    return await Promise.race([work.then((value) => ({ isLate: false, value }) as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
