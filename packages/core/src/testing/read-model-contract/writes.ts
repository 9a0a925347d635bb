import type { Position } from '../../event-store/position.js';
import type { DocumentWrite, StoredDocument } from '../../projection/read-model-store.js';

/** A position: larger numbers are later. */
export function at(n: number): Position {
  return String(n).padStart(16, '0') as Position;
}

/** A document that was not there before. */
export function inserted(id: string, document: object, position = at(1)): DocumentWrite {
  return { id, document, position, loadedAt: undefined };
}

/** A document that was loaded at one position and has come to another. */
export function replaced(
  id: string,
  document: object,
  { from, to }: { readonly from: number; readonly to: number },
): DocumentWrite {
  return { id, document, position: at(to), loadedAt: at(from) };
}

/** A document that was loaded at one position and is removed at another. */
export function removed(
  id: string,
  { from, to }: { readonly from: number; readonly to: number },
): DocumentWrite {
  return { id, document: undefined, position: at(to), loadedAt: at(from) };
}

/** The documents of stored ones. */
export function contentOf(documents: readonly StoredDocument[]): unknown[] {
  return documents.map(({ document }) => document);
}

/** So many documents, numbered from 0, with ids in the order of their numbers. */
export function numbered(count: number, content: (n: number) => object): DocumentWrite[] {
  return Array.from({ length: count }, (_, n) => inserted(idOf(n), content(n)));
}

/** The id of a numbered document. */
export function idOf(n: number): string {
  return `d${String(n).padStart(5, '0')}`;
}
