import { decodeDocument, encodeDocument } from '../projection/documents/document-codec.js';

/** How many documents are kept as objects. */
const MOST_HOT = 20_000;

/** @internal Documents in memory: those that were used lately as objects, the others as text, which takes less. */
export class FoldedDocuments {
  readonly #hot = new Map<string, object>();
  readonly #cold = new Map<string, string>();

  get(id: string): object | undefined {
    const hot = this.#hot.get(id);
    if (hot !== undefined) return hot;
    const text = this.#cold.get(id);
    return text === undefined ? undefined : decodeDocument(text);
  }

  set(id: string, document: object | undefined): void {
    this.#cold.delete(id);
    this.#hot.delete(id);
    if (document === undefined) return;
    this.#hot.set(id, document);
    if (this.#hot.size > MOST_HOT) this.#cool();
  }

  /** Half of them: those that were set longest ago. */
  #cool(): void {
    let left = this.#hot.size / 2;
    for (const [id, document] of this.#hot) {
      if (left <= 0) return;
      left -= 1;
      this.#hot.delete(id);
      this.#cold.set(id, encodeDocument(document));
    }
  }
}
