import type { DocumentQuery, Position, StoredDocument } from '@everfold/core';
import type { EmbeddedStore } from '@everfold/embedded';

/** The record of the one segment that {@link fill} saves. */
export const SEGMENT = 'segments/c/00';

/** Makes collection `c` and saves documents `d0`, `d1`, … into it. */
export async function fill(
  store: EmbeddedStore,
  contents: readonly object[],
  indexes: readonly (readonly string[])[],
): Promise<readonly StoredDocument[]> {
  const position = '0000000000000001' as Position;
  const documents = contents.map((document, n) => ({ id: `d${n}`, document, position }));
  await store.createCollection('c', indexes);
  const version = await store.writeRecord(SEGMENT, {}, undefined);
  const written = documents.map((document) => ({ ...document, loadedAt: undefined }));
  const segment = { key: SEGMENT, version: version ?? 0, value: {} };
  await store.save([{ collection: 'c', documents: written, put: [], remove: [], segment }]);
  return documents;
}

/** All documents, but for what is said otherwise. */
export function query(more: Partial<DocumentQuery>): DocumentQuery {
  return { where: [], orderBy: [], limit: 10_000, ...more };
}

/** Ascending. */
export function asc(field: string) {
  return { field, direction: 'asc' } as const;
}

/** 0, 1, … */
export function range(length: number): readonly number[] {
  return Array.from({ length }, (_, n) => n);
}
