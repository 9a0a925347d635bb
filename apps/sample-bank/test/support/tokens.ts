import { createToken, type Position, readToken } from '@everfold/core';

/** A token of the same log that names a place far behind its end. */
export function tokenAhead(token: string): string {
  const { identity, position } = readToken(token);
  return createToken(identity, `${position.slice(0, -6)}999999` as Position);
}
