import type { ParkedRecord } from '../consumer/records.js';
import type { SegmentHold } from '../consumer/segment-hold.js';
import type { RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { BEFORE_ALL_POSITIONS } from '../event-store/position.js';
import type { ProjectionDefinition } from './definition.js';
import type { CachedDocument } from './document-cache.js';
import { findDocumentProblem } from './documents/document-codec.js';
import { UnserializableDocumentError } from './errors.js';
import { foldDocument, routeEvent } from './fold.js';

/** @internal A parked event, and where its record stands. */
export interface StoredParked {
  readonly key: string;
  readonly record: ParkedRecord;
}

/**
 * @internal Since when a document is parked. A former owner that came back late from a retry may have written the document without its
 * mark, though events were parked behind meanwhile: those that the document has not seen tell.
 *
 * @param records - Those of the document, in the order of the log.
 */
export function parkedSinceOf(
  { position, parkedSince }: CachedDocument,
  hold: SegmentHold,
  records: readonly StoredParked[],
): Position | undefined {
  if (parkedSince !== undefined) return parkedSince;
  const seen = position ?? BEFORE_ALL_POSITIONS;
  // What lies beyond the checkpoint comes again.
  return records.find(({ record }) => record.position > seen && !hold.isBefore(record.position))
    ?.record.position;
}

/** @internal Folds a parked event into its document. */
export function foldParked(
  definition: ProjectionDefinition,
  recorded: RecordedEvent,
  entry: CachedDocument,
): void {
  const routed = routeEvent(definition, recorded);
  if (routed?.documentIds.includes(entry.id) !== true) return;
  const folded = foldDocument(definition, routed, entry.id, entry.document);
  if (folded.kind === 'skipped') return;
  const document = folded.kind === 'document' ? folded.document : undefined;
  const problem = document === undefined ? undefined : findDocumentProblem(document);
  if (problem !== undefined)
    throw new UnserializableDocumentError(entry.id, problem.path, problem.reason);
  entry.document = document;
}
