import type { ClientSession } from 'mongodb';

/** The transaction that a call belongs to. Default: none. */
export interface Within {
  readonly session?: ClientSession;
}
