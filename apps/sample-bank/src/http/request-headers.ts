import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.js';

const KEY = 'idempotency-key';
const PRINTABLE = /^[\x20-\x7e]{1,255}$/;
const STRONG_TAG = /^"([\x21\x23-\x7e\x80-\xff]*)"$/;
const TAG_IN_LIST = /(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g;
const TRACE_PARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** A revision that no account reaches: what a tag that is no revision stands for. */
const NEVER = Number.MAX_SAFE_INTEGER;

/** The tag of an account at a revision. */
export function entityTag(revision: number): string {
  return `"${revision}"`;
}

/**
 * The key under which a client may repeat its request.
 *
 * @throws {@link Problem} `validation-failed` when it is not 1–255 printable characters of ASCII, or is sent twice.
 */
export function idempotencyKey(request: IncomingMessage): string | undefined {
  const key = wellFormedKey(request);
  if (key !== undefined || request.headersDistinct[KEY] === undefined) return key;
  throw new Problem('validation-failed', {
    detail: 'Idempotency-Key must be one value of 1 to 255 printable ASCII characters.',
  });
}

/** The same; `undefined` also when it is malformed. */
export function wellFormedKey(request: IncomingMessage): string | undefined {
  const [key, second] = request.headersDistinct[KEY] ?? [];
  return key !== undefined && second === undefined && PRINTABLE.test(key) ? key : undefined;
}

/**
 * The revision that an account must have for a write to happen. A well-formed tag that is not one of this bank's names a
 * revision that no account has.
 *
 * @returns `undefined` when any will do.
 * @throws {@link Problem} `validation-failed` when If-Match is neither one strong tag nor `*`.
 */
export function expectedRevision(request: IncomingMessage): number | undefined {
  const value = request.headers['if-match'];
  if (value === undefined || value === '*') return undefined;
  const tag = STRONG_TAG.exec(value)?.[1];
  if (tag === undefined)
    throw new Problem('validation-failed', {
      detail: 'If-Match must be one strong entity tag, or *.',
    });
  return /^(?:0|[1-9]\d{0,14})$/.test(tag) ? Number(tag) : NEVER;
}

/**
 * Whether the client has what `tag` names already: If-None-Match, by weak comparison (RFC 9110, 13.1.2). A header that is no
 * list of tags counts as none.
 */
export function hasAlready(request: IncomingMessage, tag: string): boolean {
  const value = request.headers['if-none-match'];
  if (value === undefined) return false;
  if (value === '*') return true;
  return isListOfTags(value) && [...value.matchAll(TAG_IN_LIST)].some(([, at]) => at === tag);
}

/** Tags and nothing between commas, which also stand in tags. */
function isListOfTags(value: string): boolean {
  // No header can hold a NUL.
  const members = value.replaceAll(TAG_IN_LIST, '\0').split(',');
  return members.every((member) => ['', '\0'].includes(member.trim()));
}

/** The W3C trace context of the caller; one that is malformed counts as none, as its specification asks. */
export function traceParent(request: IncomingMessage): string | undefined {
  const value = single(request, 'traceparent');
  return value !== undefined && TRACE_PARENT.test(value) ? value : undefined;
}

/** Who acts, as the caller says. */
export function actor(request: IncomingMessage): string | undefined {
  const value = single(request, 'x-actor');
  return value === '' ? undefined : value;
}

/** What a read waits for; opaque here. */
export function consistencyToken(request: IncomingMessage): string | undefined {
  return single(request, 'consistency-token');
}

function single(request: IncomingMessage, name: string): string | undefined {
  return request.headersDistinct[name]?.join(', ');
}
