import type { EverfoldErrorCode } from '../errors.js';
import { EverfoldError } from '../errors.js';

const PASSING: ReadonlySet<EverfoldErrorCode> = new Set([
  'STORE_UNAVAILABLE',
  'APPEND_OUTCOME_UNKNOWN',
  'WRITE_LOCK_HELD',
]);

/** What Node, its HTTP client and gRPC call failures of a connection, of name look-up, and of resources that run out for a while. */
const PASSING_SYSTEM_CODES: ReadonlySet<unknown> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTCONN',
  'ESHUTDOWN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_NODATA',
  'EAGAIN',
  'EBUSY',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOSPC',
  'UND_ERR_SOCKET',
  'UND_ERR_CLOSED',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
]);

/**
 * Whether a failure of a store may pass, so that the same call is worth repeating: {@link StoreUnavailableError},
 * {@link AppendOutcomeUnknownError}, and errors that have, or were caused by one that has, the `code` of a failing connection
 * (`ECONNRESET`, `UNAVAILABLE`, …).
 *
 * Everything else does not pass, plain errors that nobody named included: adapters name what passes, so that an error without
 * a name is a mistake in the code, and repeating it for ever would hide it.
 *
 * A store that the application has closed rejects with {@link StoreUnavailableError} too, and cannot be told from one that
 * cannot be reached: whoever closes a store ends, by its signal, what repeats calls on it.
 */
export function isPassing(error: unknown): boolean {
  if (error instanceof EverfoldError) return PASSING.has(error.code);
  const seen = new Set<unknown>();
  for (let at = error; isObject(at) && !seen.has(at); at = Reflect.get(at, 'cause')) {
    if (at instanceof EverfoldError) return PASSING.has(at.code);
    if (PASSING_SYSTEM_CODES.has(Reflect.get(at, 'code'))) return true;
    seen.add(at);
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
