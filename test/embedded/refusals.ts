import type { StoreProcess } from './processes.js';

/** The reason of a rejection. */
export function reasonOf(
  promise: Promise<unknown>,
): Promise<{ readonly code?: string } | undefined> {
  return promise.then(
    () => undefined,
    (error: { readonly code?: string }) => error,
  );
}

/** Appends until it is refused; resolves to how many events were acknowledged. */
export async function fill(process: StoreProcess, stream = 'account-1'): Promise<number> {
  for (let appended = 0; ; appended += 1) {
    const data = 'x'.repeat(100_000);
    const error = await reasonOf(process.call('append', { stream, data }));
    if (error === undefined) continue;
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    return appended;
  }
}
