import type { NonEmpty } from '../event-store/event-store.js';

/** The same values under the type that a call asks for; at run time there may be none. */
export function nonEmpty<T>(values: readonly T[]): NonEmpty<T> {
  return values as unknown as NonEmpty<T>;
}

/** A value of which the types say that a caller cannot pass it. */
export function wrong<T>(value: unknown): T {
  return value as T;
}

/** What a promise rejects with; `undefined` when it does not. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
}

/** The codes (or else names) that promises reject with, and `'ok'` for those that do not. */
export async function outcomesOf(promises: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((it) => (it.status === 'fulfilled' ? 'ok' : nameOf(it.reason)));
}

function nameOf(reason: unknown): string {
  const { code, name } = reason as { readonly code?: unknown; readonly name?: unknown };
  return String(code ?? name);
}

/** Whole numbers from 0. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

/** Texts in the order of their code units, which is how positions are ordered. */
export function sorted(texts: Iterable<string>): string[] {
  return [...texts].sort((a, b) => (a < b ? -1 : Number(a > b)));
}

/** A promise that is looked at later: should its test fail before that, its rejection is nobody's surprise. */
export function background<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
