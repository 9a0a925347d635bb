import { newEventId } from '../../event/ids.js';
import type {
  EventStore,
  EventStream,
  NewEvent,
  NonEmpty,
  RecordedEvent,
} from '../../event-store/event-store.js';

/** An event to append, with an id of its own. */
export function event(change: Partial<NewEvent> = {}): NewEvent {
  return {
    id: newEventId(),
    type: 'thing.happened',
    version: 1,
    data: { n: 0 },
    metadata: { correlationId: 'correlation-1' },
    ...change,
  };
}

/** So many events, numbered from 0 in their data. */
export function events(count: number, change: Partial<NewEvent> = {}): NonEmpty<NewEvent> {
  return nonEmpty(Array.from({ length: count }, (_, n) => event({ data: { n }, ...change })));
}

/** The same values under the type that an append asks for; at run time there may be none. */
export function nonEmpty<T>(values: readonly T[]): NonEmpty<T> {
  return values as unknown as NonEmpty<T>;
}

/** A value of which the types say that a caller cannot pass it. */
export function wrong<T>(value: unknown): T {
  return value as T;
}

/** Everything that a read yields. */
export async function collect(read: EventStream): Promise<RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  for await (const recorded of read) found.push(recorded);
  return found;
}

/** The batches that a read yields. */
export async function collectBatches(read: EventStream): Promise<(readonly RecordedEvent[])[]> {
  const found: (readonly RecordedEvent[])[] = [];
  for await (const batch of read.batches()) found.push(batch);
  return found;
}

/** The ids of events, in their order. */
export function idsOf(list: readonly { readonly id: string }[]): string[] {
  return list.map(({ id }) => id);
}

/** The revisions of events, in their order. */
export function revisionsOf(list: readonly RecordedEvent[]): number[] {
  return list.map(({ revision }) => revision);
}

/** The ids in a stream, as a reader sees them. */
export async function idsIn(store: EventStore, stream: string): Promise<string[]> {
  return idsOf(await collect(store.read(stream)));
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
