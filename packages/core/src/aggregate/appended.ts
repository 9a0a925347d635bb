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
  let revision = last - events.length;
  for (const { id, type, version, data, metadata } of events) {
    revision += 1;
    const own = copyValue(data);
    advance(kernel, loaded, { id, type, version, data: own, metadata, revision, position });
  }
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
