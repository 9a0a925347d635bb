import {
  assertDocumentSize,
  compareTexts,
  type DocumentQuery,
  type DocumentWrite,
  decodeDocument,
  encodeDocument,
  evaluateQuery,
  matchesConditions,
  type Position,
  type StoredDocument,
} from '@everfold/core';

/** A write whose document no longer belongs to whoever handed it in. */
export interface PreparedDocument {
  readonly id: string;
  /** `undefined`: a marker. */
  readonly text: string | undefined;
  readonly position: Position;
  readonly parkedSince: Position | undefined;
  readonly loadedAt: Position | undefined;
}

/** @throws {@link DocumentTooLargeError} */
export function preparedDocument(
  { id, document, position, parkedSince, loadedAt }: DocumentWrite,
  maxBytes: number,
): PreparedDocument {
  const text = document === undefined ? undefined : encodeDocument(document);
  if (document !== undefined && text !== undefined)
    assertDocumentSize(id, document, text, maxBytes);
  return { id, text, position, parkedSince, loadedAt };
}

/** Documents by id. They are kept as text; what queries look at is parsed once and never handed out. */
export class MemoryCollection {
  readonly #entries = new Map<string, Entry>();
  /** Ids in their order, as far as a query has asked for them: some may be gone, those in {@link #added} are missing. */
  #sorted: string[] = [];
  #added: string[] = [];

  /** The position of a document or marker; `undefined` when there is neither. */
  positionOf(id: string): Position | undefined {
    return this.#entries.get(id)?.position;
  }

  load(id: string): StoredDocument | undefined {
    return this.#entries.get(id)?.copy();
  }

  put(document: PreparedDocument): void {
    if (!this.#entries.has(document.id)) this.#added.push(document.id);
    this.#entries.set(document.id, new Entry(document));
  }

  remove(id: string): void {
    this.#entries.delete(id);
  }

  find(query: DocumentQuery): StoredDocument[] {
    const found =
      query.orderBy.length === 0 ? this.#byId(query) : evaluateQuery(this.#entries.values(), query);
    return found.flatMap(({ id }) => this.load(id) ?? []);
  }

  /** @returns How many markers were removed; one behind which events are parked says so, and stays. */
  purgeMarkers(before: Position): number {
    let purged = 0;
    for (const { id, text, position, parkedSince } of this.#entries.values()) {
      if (text !== undefined || parkedSince !== undefined || position > before) continue;
      this.#entries.delete(id);
      purged += 1;
    }
    return purged;
  }

  #byId({ where, after, limit }: DocumentQuery): StoredDocument[] {
    const ids = this.#sortedIds();
    const found: StoredDocument[] = [];
    for (let at = after === undefined ? 0 : placeBehind(ids, after.id); at < ids.length; at += 1) {
      const entry = this.#entries.get(ids[at] ?? '');
      if (entry?.document === undefined || !matchesConditions(entry.document, where)) continue;
      if (found.push(entry) === limit) break;
    }
    return found;
  }

  #sortedIds(): readonly string[] {
    if (this.#added.length === 0) return this.#sorted;
    // Sorting two sorted runs that follow each other takes one pass.
    const ids = this.#sorted.concat(this.#added.sort(compareTexts)).sort(compareTexts);
    // An id that was removed and has come back stands there twice.
    this.#sorted = ids.filter((id, at) => id !== ids[at - 1] && this.#entries.has(id));
    this.#added = [];
    return this.#sorted;
  }
}

class Entry implements StoredDocument {
  readonly id: string;
  readonly text: string | undefined;
  readonly position: Position;
  readonly parkedSince: Position | undefined;
  #document: object | undefined;

  constructor({ id, text, position, parkedSince }: PreparedDocument) {
    this.id = id;
    this.text = text;
    this.position = position;
    this.parkedSince = parkedSince;
  }

  /** For the eyes of queries only. */
  get document(): object | undefined {
    if (this.text !== undefined) this.#document ??= decodeDocument(this.text);
    return this.#document;
  }

  copy(): StoredDocument {
    const { id, text, position, parkedSince } = this;
    const document = text === undefined ? undefined : decodeDocument(text);
    return { id, document, position, ...(parkedSince === undefined ? {} : { parkedSince }) };
  }
}

/** The first place behind `id` in sorted ids. */
function placeBehind(ids: readonly string[], id: string): number {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareTexts(ids[middle] ?? '', id) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}
