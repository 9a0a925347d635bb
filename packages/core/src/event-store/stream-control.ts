import { StreamDeletedError, WrongExpectedRevisionError } from './errors.js';
import type { Retention } from './event-store.js';
import type { ActualRevision, ExpectedRevision } from './expected-revision.js';
import type { PreparedAppend } from './prepare.js';

/** What was said about a stream beside its events. */
export interface StreamControl {
  /** The first revision that no delete has hidden: 0, or one more than the last revision when it was deleted. */
  readonly base: number;
  readonly tombstoned: boolean;
  readonly retention: Retention;
}

/** The control of a stream about which nothing was said. */
export const UNCONTROLLED: StreamControl = { base: 0, tombstoned: false, retention: {} };

/** Where a stream stands. */
export interface StreamState {
  /** The revision of its last event, deleted or not; −1 when it never had one. */
  readonly last: number;
  readonly control: StreamControl;
}

/** What is to be done with an append: write it, or report the first result of a repeat. */
export type AppendDecision =
  | { readonly kind: 'append'; readonly first: number }
  | { readonly kind: 'repeat'; readonly last: number };

/** The stream's last revision, or why it has none. */
export function actualRevision({ last, control }: StreamState): ActualRevision {
  if (last >= control.base) return last;
  return last === -1 ? 'no-stream' : 'deleted';
}

/**
 * Decides on an append by the rules that hold on every adapter: expectation first, then idempotence by event id at the place
 * that `'no-stream'` or an exact revision names.
 *
 * @throws {@link WrongExpectedRevisionError} when the stream stands elsewhere and this is no repeat.
 * @throws {@link StreamDeletedError} when it has a tombstone.
 */
export function decideAppend(append: PreparedAppend, view: DecisionView): AppendDecision {
  const { stream, expected, events } = append;
  const { state } = view;
  if (state.control.tombstoned) throw new StreamDeletedError(stream);
  const actual = actualRevision(state);
  if (meets(expected, actual)) return { kind: 'append', first: state.last + 1 };
  const place = placeOf(expected, state);
  if (place !== undefined && events.every(({ id }, index) => view.idAt(place + index) === id))
    return { kind: 'repeat', last: place + events.length - 1 };
  throw new WrongExpectedRevisionError(stream, expected, actual);
}

/** What deciding on an append asks about its stream. */
export interface DecisionView {
  readonly state: StreamState;
  /** The id of the event at a revision of this stream, hidden by retention or not; `undefined` where none stands. */
  idAt(revision: number): string | undefined;
}

/**
 * Decides on an append to several streams: all are written, or all are repeats. When some stand there already and others do
 * not, it is neither the first append nor a repeat of it, and is refused.
 *
 * @param view - Where a stream stands.
 * @throws As {@link decideAppend}, for the first member that fails.
 */
export function decideAppends(
  appends: readonly PreparedAppend[],
  view: (stream: string) => DecisionView,
): readonly AppendDecision[] {
  const decisions = appends.map((append) => decideAppend(append, view(append.stream)));
  if (decisions.length === 1) return decisions;
  const repeated = appends.find((_, index) => decisions[index]?.kind === 'repeat');
  if (repeated === undefined || decisions.every(({ kind }) => kind === 'repeat')) return decisions;
  const { stream, expected } = repeated;
  throw new WrongExpectedRevisionError(stream, expected, actualRevision(view(stream).state));
}

/**
 * Checks where a stream stands before it is deleted.
 *
 * @throws {@link WrongExpectedRevisionError} when it stands elsewhere.
 */
export function assertStands(stream: string, expected: ExpectedRevision, state: StreamState): void {
  const actual = actualRevision(state);
  if (!meets(expected, actual)) throw new WrongExpectedRevisionError(stream, expected, actual);
}

function meets(expected: ExpectedRevision, actual: ActualRevision): boolean {
  switch (expected) {
    case 'any':
      return true;
    case 'no-stream':
      return typeof actual !== 'number';
    case 'stream-exists':
      return typeof actual === 'number';
    default:
      return expected === actual;
  }
}

/** The revision at which the first event of a repeat would stand; `undefined` where repeats are not told apart. */
function placeOf(expected: ExpectedRevision, { control }: StreamState): number | undefined {
  if (expected === 'no-stream') return control.base;
  if (typeof expected !== 'number' || expected < control.base) return undefined;
  return expected + 1;
}

/** The first revision of a stream that reads may show; age is judged event by event, by {@link isExpired}. */
export function firstVisible({ last, control }: StreamState): number {
  const { maxCount = Number.POSITIVE_INFINITY, truncateBefore = 0 } = control.retention;
  if (control.tombstoned) return Number.POSITIVE_INFINITY;
  return Math.max(control.base, truncateBefore, last - maxCount + 1);
}

/** Whether an event is older than its stream's retention keeps. */
export function isExpired(control: StreamControl, recordedAtMs: number, nowMs: number): boolean {
  const { maxAgeMs } = control.retention;
  return maxAgeMs !== undefined && recordedAtMs < nowMs - maxAgeMs;
}
