/**
 * What a promise comes to, or the reason of the signal, whichever is first. What was begun goes on; nobody waits for it any more.
 *
 * @param graceMs - How long it may go on after the signal, to end as it likes. Default 0.
 */
export function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  graceMs: number = 0,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const abort = (): void => {
      timer = setTimeout(() => reject(signal.reason as Error), graceMs);
    };
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.finally(settle).then(resolve, reject);
  });
}
