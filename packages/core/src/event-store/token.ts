import { ForeignPositionError } from './errors.js';
import type { Position } from './position.js';

/** A position together with the identity of its store: what a commit hands out and a read waits for. Opaque to callers. */
export type ConsistencyToken = string & { readonly __brand: 'ConsistencyToken' };

/** What a token says, once it has been opened. */
export interface TokenContent {
  /** The identity of the store that handed it out. */
  readonly identity: string;
  readonly position: Position;
}

const TOKEN = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9A-Za-z]{1,64})$/;

/** Makes the token of a position. Used by event stores. */
export function createToken(identity: string, position: Position): ConsistencyToken {
  return `${identity}.${position}` as ConsistencyToken;
}

/**
 * Opens a token, which may come from outside.
 *
 * @throws TypeError when it is no token.
 */
export function readToken(token: string): TokenContent {
  // From outside it may come as anything, which a pattern alone would turn into a string.
  const [, identity, position] = (typeof token === 'string' && TOKEN.exec(token)) || [];
  if (identity === undefined || position === undefined)
    throw new TypeError('Not a consistency token: hand back what a commit returned, unchanged.');
  return { identity, position: position as Position };
}

/**
 * The position in a token of the store with this identity.
 *
 * @throws {@link ForeignPositionError} when another store handed it out.
 * @throws TypeError when it is no token.
 */
export function positionOf(token: string, identity: string): Position {
  const content = readToken(token);
  if (content.identity === identity) return content.position;
  throw new ForeignPositionError(content.position, content.identity, identity);
}
