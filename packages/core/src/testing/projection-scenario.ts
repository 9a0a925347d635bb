import { deepStrictEqual } from 'node:assert';
import { newEventId } from '../event/ids.js';
import type { Metadata } from '../event/metadata.js';
import type { RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { assertStreamName } from '../event-store/stream-name.js';
import { projectionDefinition } from '../projection/definition.js';
import { LiveDocuments } from '../projection/live-documents.js';
import type { Projection } from '../projection/projection.js';
import { matched } from './projected.js';
import { Expectation, openScenario } from './scenario-ledger.js';
import { storedForm } from './stored-form.js';

/** Events as they stand in the log: where, and when they were recorded. */
export interface At {
  readonly stream: string;
  /** Instances of event classes, in order. */
  readonly events: readonly object[];
  /** Default: 1970-01-01, 00:00 UTC. */
  readonly recordedAt?: Date | undefined;
  /** Default: a new correlation id. */
  readonly metadata?: Partial<Metadata> | undefined;
}

/** Places events in a stream: `at('account-1', new AccountOpened({ … }))`. */
export function at(stream: string, ...events: readonly object[]): At;
/** Places events in a stream, and says when they were recorded and with which metadata. */
export function at(place: At): At;
export function at(place: string | At, ...events: readonly object[]): At {
  return typeof place === 'string' ? { stream: place, events } : place;
}

/** A scenario of a projection: what the log holds, and the documents that come of it. */
export interface ProjectionScenario<D> {
  /** Says what the log holds, in its order; none means that it is empty. Revisions count up in each stream. */
  given(...events: readonly At[]): {
    /**
     * Exactly these documents are there, by id; asymmetric matchers count as what they match. Await or return it.
     *
     * @throws AssertionError with the difference; what a fold throws.
     */
    expectDocuments(documents: Readonly<Record<string, D>>): Promise<void>;
  };
}

/** Begins a scenario of a projection. */
export function projectionScenario<D extends object>(
  projection: Projection<D>,
): ProjectionScenario<D> {
  const definition = projectionDefinition(projection);
  const entry = openScenario();
  return {
    given: (...events) => ({
      expectDocuments: (expected) =>
        Expectation.of(entry, async () => {
          const documents = new LiveDocuments(definition);
          documents.fold(recordedOf(events));
          assertDocuments(documents, expected);
        }),
    }),
  };
}

function recordedOf(places: readonly At[]): readonly RecordedEvent[] {
  const revisions = new Map<string, number>();
  const recorded: RecordedEvent[] = [];
  for (const { stream, events, recordedAt = new Date(0), metadata } of places) {
    assertStreamName(stream);
    for (const event of events) {
      const revision = revisions.get(stream) ?? 0;
      revisions.set(stream, revision + 1);
      recorded.push({
        ...storedForm(event),
        id: newEventId(),
        stream,
        revision,
        position: String(recorded.length + 1).padStart(16, '0') as Position,
        recordedAt: new Date(recordedAt),
        metadata: { correlationId: newEventId(), ...metadata },
      });
    }
  }
  return recorded;
}

function assertDocuments(
  documents: LiveDocuments,
  expected: Readonly<Record<string, object>>,
): void {
  const actual: Record<string, unknown> = {};
  for (const { id, document } of documents.all()) actual[id] = document;
  deepStrictEqual(matched(actual, expected), expected);
}
