import type { RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { CommandTrace } from './command-memory.js';
import { CommandMemory } from './command-memory.js';
import type { AggregatePlace, PlacedEvent } from './fold-event.js';
import { foldEvent } from './fold-event.js';
import { isFrameworkType } from './framework-type.js';
import type { AggregateKernel } from './state-form.js';

/** @internal An aggregate as far as it has been folded: never handed out, only copies of its state are. */
export interface LoadedAggregate<S> extends AggregatePlace {
  state: S;
  /** Of the last event folded, the framework's own included; −1 before the first. */
  revision: number;
  position: Position | undefined;
  eventId: string | undefined;
  /** Whether an event of the user's was seen: a stream of framework events alone is no aggregate yet. */
  exists: boolean;
  readonly commands: CommandMemory;
  /** The revision of the snapshot it was read from or last stored in; −1 when there is none. */
  snapshotRevision: number;
  /** When that snapshot was taken, or the first event recorded; milliseconds. */
  snapshotSince: number | undefined;
}

/** @internal Before the first event. */
export function nothingLoaded<S>(
  { form }: AggregateKernel<S>,
  { stream, id }: AggregatePlace,
): LoadedAggregate<S> {
  return {
    stream,
    id,
    state: form.begin({ stream, id }),
    revision: -1,
    position: undefined,
    eventId: undefined,
    exists: false,
    commands: new CommandMemory(),
    snapshotRevision: -1,
    snapshotSince: undefined,
  };
}

/** @internal Folds the next event of the stream. What was folded already is passed over. */
export function advance<S>(
  kernel: AggregateKernel<S>,
  loaded: LoadedAggregate<S>,
  event: PlacedEvent & CommandTrace,
): void {
  if (event.revision <= loaded.revision) return;
  if (!isFrameworkType(event.type)) {
    loaded.state = foldEvent(kernel.definition, loaded.state, event, loaded);
    loaded.exists = true;
  }
  loaded.revision = event.revision;
  loaded.position = event.position;
  loaded.eventId = event.id;
  kernel.form.standAt(loaded.state, event.revision);
  loaded.commands.note(event);
}

/** @internal {@link advance} for what a store returned. */
export function advanceRecorded<S>(
  kernel: AggregateKernel<S>,
  loaded: LoadedAggregate<S>,
  event: RecordedEvent,
): void {
  advance(kernel, loaded, event);
  loaded.snapshotSince ??= event.recordedAt.getTime();
}
