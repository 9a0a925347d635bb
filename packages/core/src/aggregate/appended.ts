import type { AppendResult, NewEvent } from '../event-store/event-store.js';
import { copyValue } from './copy-value.js';
import type { AggregatePlace } from './fold-event.js';
import type { LoadedAggregate } from './loaded-aggregate.js';
import { advance, nothingLoaded } from './loaded-aggregate.js';
import type { AggregateKernel } from './state-form.js';

/** @internal Folds what was appended into what was loaded before, for the cache and for snapshots. */
export function advanceAppended<S>(
  kernel: AggregateKernel<S>,
  loaded: LoadedAggregate<S>,
  events: readonly NewEvent[],
  { revision: last, position }: AppendResult,
): void {
  const first = last - events.length + 1;
  events.forEach((event, index) => {
    const data = copyValue(event.data);
    advance(kernel, loaded, { ...event, data, revision: first + index, position });
  });
}

/**
 * @internal The state that a change led to. A stream that was deleted before goes on counting where it stood, which is known only
 * after the append: then the events are folded once more, at their revisions.
 */
export function committedState<S>(
  kernel: AggregateKernel<S>,
  place: AggregatePlace,
  decision: { readonly state: S; readonly events: readonly NewEvent[]; readonly revision: number },
  result: AppendResult,
): S {
  if (result.revision === decision.revision + decision.events.length) {
    kernel.form.standAt(decision.state, result.revision);
    return decision.state;
  }
  const again = nothingLoaded(kernel, place);
  advanceAppended(kernel, again, decision.events, result);
  return again.state;
}
