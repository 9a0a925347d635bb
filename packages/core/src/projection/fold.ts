import { decodeEvent } from '../event/codec.js';
import type { RecordedEvent } from '../event-store/event-store.js';
import { aggregateIdOf } from '../event-store/stream-name.js';
import { describeReturned, isThenable } from '../returned-value.js';
import type { EventContext, ProjectionContext } from './context.js';
import type { ProjectionDefinition, ProjectionHandler } from './definition.js';

/** @internal The most bytes of UTF-8 that a document's id may have. */
export const MAX_DOCUMENT_ID_BYTES = 1_000;

/** @internal An event that a projection handles, and the documents that it concerns. */
export interface RoutedEvent {
  readonly handler: ProjectionHandler;
  readonly recorded: RecordedEvent;
  /** An instance of the handler's class. */
  readonly event: object;
  readonly context: EventContext | ProjectionContext;
  /** Each once; perhaps none. */
  readonly documentIds: readonly string[];
}

/** @internal What becomes of a document. `skipped`: there was none, and nothing makes one. */
export type Folded =
  | { readonly kind: 'document'; readonly document: object }
  | { readonly kind: 'removed' }
  | { readonly kind: 'skipped' };

const REMOVED: Folded = { kind: 'removed' };
const SKIPPED: Folded = { kind: 'skipped' };

/**
 * @internal Finds out what a projection has to do with an event; `undefined` when nothing.
 *
 * @throws {@link EventVersionTooNewError} when it is stored in a newer version than the class knows.
 * @throws What an upcaster or the projection's `id` throws.
 */
export function routeEvent(
  { handlers, name }: ProjectionDefinition,
  recorded: RecordedEvent,
): RoutedEvent | undefined {
  const handler = handlers.get(recorded.type);
  if (handler === undefined) return undefined;
  const event = decodeEvent(recorded, handler.eventClass);
  if (handler.ids === undefined) {
    const documentId = aggregateIdOf(recorded.stream);
    const context = contextFor(recorded, documentId, documentId);
    return { handler, recorded, event, context, documentIds: [documentId] };
  }
  const context = contextOfRecorded(recorded);
  const documentIds = idsOf(handler.ids(event, context), name, recorded);
  return { handler, recorded, event, context, documentIds };
}

// Written out: copying the fields of another context takes ten times as long, for every event.
function contextFor(
  { id, stream, revision, metadata, position, recordedAt }: RecordedEvent,
  aggregateId: string,
  documentId: string,
): ProjectionContext {
  return {
    eventId: id,
    stream,
    aggregateId,
    revision,
    metadata,
    position,
    recordedAt,
    documentId,
  };
}

/** @internal What consumers may know of a recorded event. */
export function contextOfRecorded(recorded: RecordedEvent): EventContext {
  const { id, stream, revision, metadata, position, recordedAt } = recorded;
  const aggregateId = aggregateIdOf(stream);
  return { eventId: id, stream, aggregateId, revision, metadata, position, recordedAt };
}

function idsOf(said: unknown, projection: string, { type }: RecordedEvent): readonly string[] {
  const ids = said === undefined ? [] : Array.isArray(said) ? said : [said];
  for (const id of ids as readonly unknown[])
    if (!isDocumentId(id))
      throw new TypeError(
        `Projection '${projection}': the id for '${type}' is ${describeReturned(id)}; a document id is well-formed Unicode of 1–${MAX_DOCUMENT_ID_BYTES} bytes.`,
      );
  return ids.length < 2 ? ids : [...new Set(ids)];
}

/** @internal Whether a value can be the id of a document. */
export function isDocumentId(id: unknown): id is string {
  if (typeof id !== 'string' || id === '' || !id.isWellFormed()) return false;
  if (id.length * 3 <= MAX_DOCUMENT_ID_BYTES) return true;
  return Buffer.byteLength(id) <= MAX_DOCUMENT_ID_BYTES;
}

/**
 * @internal Folds an event into one of its documents. Pure.
 *
 * @param document - As it stands; `undefined` when there is none.
 * @throws What the fold throws; `TypeError` when it returns no object, or begins a document that is there.
 */
export function foldDocument(
  { initial, name }: ProjectionDefinition,
  { handler, event, context, recorded }: RoutedEvent,
  documentId: string,
  document: object | undefined,
): Folded {
  if (handler.kind === 'remove') return document === undefined ? SKIPPED : REMOVED;
  const its =
    'documentId' in context && context.documentId === documentId
      ? context
      : contextFor(recorded, context.aggregateId, documentId);
  if (handler.kind === 'start') {
    if (document !== undefined)
      throw new TypeError(
        `Projection '${name}': '${recorded.type}' begins document '${documentId}', which is there already.`,
      );
    return documentOf(handler.start?.(event, its), name, recorded.type);
  }
  const present = document ?? initial?.(documentId);
  if (present === undefined) return SKIPPED;
  const next = handler.fold?.(present, event, its);
  return next === undefined ? REMOVED : documentOf(next, name, recorded.type);
}

function documentOf(document: unknown, projection: string, type: string): Folded {
  const isObject = typeof document === 'object' && document !== null;
  if (isObject && !Array.isArray(document) && !isThenable(document))
    return { kind: 'document', document };
  throw new TypeError(
    `Projection '${projection}': the fold for '${type}' returned ${describeReturned(document)}, where a document is an object.`,
  );
}
