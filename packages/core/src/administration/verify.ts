import { isDeepStrictEqual } from 'node:util';
import { consumerOf } from '../consumer/records.js';
import { EventVersionTooNewError } from '../event/errors.js';
import type { RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { ProjectionDefinition } from '../projection/definition.js';
import {
  decodeDocument,
  encodeDocument,
  findDocumentProblem,
} from '../projection/documents/document-codec.js';
import type { RoutedEvent } from '../projection/fold.js';
import { foldDocument, routeEvent } from '../projection/fold.js';
import { Orphans } from '../projection/orphans.js';
import type { Difference, OperationOptions, Verification } from './administration.js';
import type { DocumentSnapshot, SnapshotDocument } from './document-snapshot.js';
import { checkpointFor, takeSnapshot } from './document-snapshot.js';
import { GenerationRefusedError } from './errors.js';
import { FoldedDocuments } from './folded-documents.js';
import type { AdministrationParts } from './parts.js';
import { declaredProjection, storedModel } from './parts.js';

/** @internal {@link Administration.verify} */
export async function verify(
  parts: AdministrationParts,
  name: string,
  options: OperationOptions & { readonly generation?: number | undefined },
): Promise<Verification> {
  const definition = declaredProjection(parts, name);
  const model = await storedModel(parts, name, definition.version);
  const generation = options.generation ?? model.serving;
  const consumer = consumerOf(name, definition.version, generation);
  const state = model.generations[generation]?.state;
  if (state === undefined)
    throw new GenerationRefusedError(consumer, 'there is no such generation');
  if (state === 'dropping') throw new GenerationRefusedError(consumer, 'it is being dropped');
  const snapshot = await takeSnapshot(parts, consumer, definition.segments, (done) => {
    options.signal?.throwIfAborted();
    options.onProgress?.({ phase: 'reading documents', done });
  });
  const comparison = new Comparison(definition, snapshot);
  await foldLog(parts, definition, snapshot, comparison, options);
  const found = await comparison.differences(new Orphans(parts.eventStore));
  return { consumer, ...found, events: comparison.events, position: snapshot.position };
}

async function foldLog(
  { eventStore }: AdministrationParts,
  { handlers }: ProjectionDefinition,
  { end }: DocumentSnapshot,
  comparison: Comparison,
  { signal, onProgress }: OperationOptions,
): Promise<void> {
  if (end === undefined) return;
  const filter = { types: [...handlers.keys()] };
  for await (const events of eventStore.readAll({ filter, signal }).batches()) {
    for (const recorded of events) {
      if (recorded.position > end) return;
      comparison.take(recorded);
    }
    onProgress?.({ phase: 'folding', done: comparison.events });
  }
}

/** What the log says of documents, up to where each was when it was read. */
class Comparison {
  events = 0;
  readonly #definition: ProjectionDefinition;
  readonly #snapshot: DocumentSnapshot;
  readonly #documents = new FoldedDocuments();
  /** The stream by which each document was first met. */
  readonly #streams = new Map<string, string>();
  /** Documents that were not read, and that the log has made. */
  readonly #absent = new Set<string>();
  /** Those of them that were rightly absent at some moment while documents were read. */
  readonly #settled = new Set<string>();

  constructor(definition: ProjectionDefinition, snapshot: DocumentSnapshot) {
    this.#definition = definition;
    this.#snapshot = snapshot;
  }

  /** Folds an event into those of its documents that had seen it. */
  take(recorded: RecordedEvent): void {
    const routed = this.#routed(recorded);
    if (routed === undefined) return;
    this.events += 1;
    for (const id of routed.documentIds) {
      if (!this.#streams.has(id)) this.#streams.set(id, recorded.stream);
      if (this.#hasSeen(id, recorded.position)) this.#fold(routed, id);
    }
  }

  /** @returns What differs, and how many documents were compared. */
  async differences(
    orphans: Orphans,
  ): Promise<Pick<Verification, 'differences' | 'documents' | 'incomparable'>> {
    const differences: Difference[] = [];
    let incomparable = 0;
    for (const difference of [...this.#amongStored(), ...this.#missing()])
      if (await this.#isShortened(difference.documentId, orphans)) incomparable += 1;
      else differences.push(difference);
    const documents = this.#snapshot.documents.size - incomparable;
    return { differences, documents: Math.max(0, documents), incomparable };
  }

  *#amongStored(): Generator<Difference> {
    for (const [id, stored] of this.#snapshot.documents) {
      const difference = this.#compare(id, stored);
      if (difference !== undefined) yield difference;
    }
  }

  *#missing(): Generator<Difference> {
    for (const documentId of this.#absent) {
      const expected = this.#documents.get(documentId);
      if (expected !== undefined && !this.#settled.has(documentId))
        yield { documentId, kind: 'missing', expected };
    }
  }

  /** An event that cannot be told what it concerns has stopped whoever met it, and reached no document. */
  #routed(recorded: RecordedEvent): RoutedEvent | undefined {
    try {
      return routeEvent(this.#definition, recorded);
    } catch (error) {
      if (error instanceof EventVersionTooNewError) throw error;
      return undefined;
    }
  }

  #hasSeen(id: string, position: Position): boolean {
    const stored = this.#snapshot.documents.get(id);
    const checkpoint = checkpointFor(this.#snapshot, id);
    const isBehindCheckpoint = checkpoint !== undefined && position <= checkpoint;
    if (stored !== undefined) {
      if (stored.parkedSince !== undefined) return position < stored.parkedSince;
      return isBehindCheckpoint || position <= stored.position;
    }
    if (this.#settled.has(id)) return false;
    this.#absent.add(id);
    if (isBehindCheckpoint || this.#documents.get(id) !== undefined) return true;
    // It was not there at its segment's checkpoint or later, and whoever looked then has not found it.
    this.#settled.add(id);
    return false;
  }

  #fold(routed: RoutedEvent, id: string): void {
    try {
      const folded = foldDocument(this.#definition, routed, id, this.#documents.get(id));
      if (folded.kind === 'skipped') return;
      const document = folded.kind === 'document' ? folded.document : undefined;
      if (document !== undefined && findDocumentProblem(document) !== undefined) return;
      this.#documents.set(id, document);
    } catch {
      // An event that fails was set aside and dropped: otherwise its document would be parked, or nothing would have gone on.
    }
  }

  #compare(documentId: string, { text }: SnapshotDocument): Difference | undefined {
    const expected = this.#documents.get(documentId);
    if (expected === undefined && text === undefined) return undefined;
    if (text === undefined) return { documentId, kind: 'missing', expected };
    const actual = decodeDocument(text);
    if (expected === undefined) return { documentId, kind: 'unexpected', actual };
    if (encodeDocument(expected) === text) return undefined;
    // A store may have put fields into another order.
    const wanted = decodeDocument(encodeDocument(expected));
    if (isDeepStrictEqual(wanted, actual)) return undefined;
    return { documentId, kind: 'differs', actual, expected };
  }

  /** Whether the beginning of its stream is hidden, so that the log cannot say any more what it is. */
  async #isShortened(id: string, orphans: Orphans): Promise<boolean> {
    const stream = this.#streams.get(id);
    return stream !== undefined && (await orphans.count([stream])) > 0;
  }
}
