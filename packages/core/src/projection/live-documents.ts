import type { RecordedEvent } from '../event-store/event-store.js';
import type { ProjectionDefinition } from './definition.js';
import { findDocumentProblem } from './documents/document-codec.js';
import { UnserializableDocumentError } from './errors.js';
import type { RoutedEvent } from './fold.js';
import { foldDocument, routeEvent } from './fold.js';
import type { StoredDocument } from './read-model-store.js';

/** @internal The documents of a projection in memory, folded from events in the order of the log. */
export class LiveDocuments {
  readonly #definition: ProjectionDefinition;
  readonly #documents = new Map<string, StoredDocument>();

  constructor(definition: ProjectionDefinition) {
    this.#definition = definition;
  }

  /** One document, not a copy. */
  get(id: string): StoredDocument | undefined {
    return this.#documents.get(id);
  }

  /** All documents, not copies, in no order that means anything. */
  all(): Iterable<StoredDocument> {
    return this.#documents.values();
  }

  /**
   * Folds events. Where it throws, some of them are folded, and the documents are of no use any more.
   *
   * @throws What a fold, an `id` or an upcaster throws; {@link UnserializableDocumentError} when a document is not JSON plus `Date`.
   */
  fold(events: readonly RecordedEvent[]): void {
    const touched = new Set<string>();
    for (const recorded of events) {
      const routed = routeEvent(this.#definition, recorded);
      for (const id of routed?.documentIds ?? [])
        if (routed && this.#apply(routed, id)) touched.add(id);
    }
    for (const id of touched) assertStorable(id, this.#documents.get(id)?.document);
  }

  #apply(routed: RoutedEvent, id: string): boolean {
    const present = this.#documents.get(id)?.document;
    const folded = foldDocument(this.#definition, routed, id, present);
    switch (folded.kind) {
      case 'skipped':
        return false;
      case 'removed':
        this.#documents.delete(id);
        return false;
      case 'document': {
        const { position } = routed.recorded;
        this.#documents.set(id, { id, document: folded.document, position });
        return true;
      }
    }
  }
}

/** The same refusal as by a store, so that a projection may become a stored one at any time. */
function assertStorable(id: string, document: object | undefined): void {
  const problem = document === undefined ? undefined : findDocumentProblem(document);
  if (problem !== undefined)
    throw new UnserializableDocumentError(id, problem.path, problem.reason);
}
