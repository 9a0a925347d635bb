import { createHash } from 'node:crypto';
import { Problem } from './problem.js';

const REVISION_BYTES = 6;
const SEAL_BYTES = 9;

/** Where the next page of an account's statement begins, for clients to hand back. */
export function statementCursor(accountId: string, revision: number): string {
  const bytes = Buffer.alloc(REVISION_BYTES);
  bytes.writeUIntBE(revision, 0, REVISION_BYTES);
  return Buffer.concat([bytes, sealOf(accountId, revision)]).toString('base64url');
}

/**
 * The revision behind which a page begins.
 *
 * @throws {@link Problem} `invalid-cursor` when it was not made for this account's statement.
 */
export function revisionOf(cursor: string, accountId: string): number {
  const bytes = Buffer.from(cursor, 'base64url');
  const revision =
    bytes.length === REVISION_BYTES + SEAL_BYTES ? bytes.readUIntBE(0, REVISION_BYTES) : 0;
  // Compared as text, for several texts decode to the same bytes.
  if (cursor === statementCursor(accountId, revision)) return revision;
  throw new Problem('invalid-cursor', {
    detail: 'Send a cursor back unchanged, to the list it came from.',
  });
}

/** Tells a cursor from a made-up one, and from another account's. No secret: whoever may read the account may read all of it. */
function sealOf(accountId: string, revision: number): Buffer {
  const seal = createHash('sha256').update(`statement ${accountId} ${revision}`).digest();
  return seal.subarray(0, SEAL_BYTES);
}
