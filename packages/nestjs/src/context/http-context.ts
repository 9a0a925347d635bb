import { randomUUID } from 'node:crypto';
import type { MessageContext } from '@everfold/core';
import { BadRequestException } from '@nestjs/common';

const KEY = 'idempotency-key';
const PRINTABLE = /^[\x20-\x7e]{1,255}$/;
const TRACE_PARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
/** Methods that change nothing, and whose repeats need no id (RFC 9110, 9.2.1). */
const SAFE: ReadonlySet<unknown> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Made once for each request, however often it is looked at. */
const newIds = new WeakMap<object, string>();

interface HttpRequest {
  readonly method?: unknown;
  readonly headersDistinct?: Readonly<Record<string, readonly string[] | undefined>>;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly user?: unknown;
}

/**
 * Who and what leads to the work that is done for an HTTP request, as its headers say. The default of the module's `context`.
 *
 * | of the context | from |
 * | --- | --- |
 * | `correlationId` | `X-Correlation-Id`, else `X-Request-Id`, else a new UUID |
 * | `causationId` | `X-Causation-Id`, else `X-Request-Id`, else the correlation id |
 * | `actor` | `request.user` when a guard has set it (`id`, `sub`, `username`, or itself when it is a text), else `X-Actor` |
 * | `tenant` | `request.user.tenant` when a guard has set it, else `X-Tenant` |
 * | `traceparent` | `traceparent`; one that is malformed counts as none, as its specification asks |
 * | `commandId` | `Idempotency-Key`, but for GET, HEAD, OPTIONS and TRACE |
 *
 * One key stands for one command to each aggregate. A route that sends several to the same one gives each an id of its own:
 * ``withContext({ commandId: `${key}/fee` }, …)``.
 *
 * Headers are what the caller says: where callers are not trusted, let a guard set `request.user`. All but the key are passed
 * over when they are not 1 to 255 printable ASCII characters.
 *
 * @throws BadRequestException when `Idempotency-Key` is not one value of 1 to 255 printable ASCII characters: a client that
 * relies on it must not be told that all is well.
 * @see https://www.w3.org/TR/trace-context/ for `traceparent`.
 */
export function httpContext(request: unknown): MessageContext {
  const { method, headers = {}, headersDistinct, user } = request as HttpRequest;
  const text = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' && PRINTABLE.test(value) ? value : undefined;
  };
  const correlationId = text('x-correlation-id') ?? text('x-request-id') ?? newIdOf(headers);
  const traceparent = text('traceparent');
  return {
    correlationId,
    causationId: text('x-causation-id') ?? text('x-request-id') ?? correlationId,
    actor: actorOf(user) ?? text('x-actor'),
    tenant: fieldOf(user, 'tenant') ?? text('x-tenant'),
    traceparent: TRACE_PARENT.test(traceparent ?? '') ? traceparent : undefined,
    commandId: SAFE.has(method) ? undefined : keyOf(headersDistinct?.[KEY] ?? headers[KEY]),
  };
}

function newIdOf(headers: object): string {
  const id = newIds.get(headers) ?? randomUUID();
  newIds.set(headers, id);
  return id;
}

function keyOf(keys: string | readonly string[] | undefined): string | undefined {
  if (keys === undefined) return undefined;
  const [key, second] = typeof keys === 'string' ? [keys] : keys;
  if (key !== undefined && second === undefined && PRINTABLE.test(key)) return key;
  throw new BadRequestException(
    'Idempotency-Key must be one value of 1 to 255 printable ASCII characters.',
  );
}

function actorOf(user: unknown): string | undefined {
  if (typeof user === 'string') return user;
  return fieldOf(user, 'id') ?? fieldOf(user, 'sub') ?? fieldOf(user, 'username');
}

function fieldOf(user: unknown, field: string): string | undefined {
  if (typeof user !== 'object' || user === null || !Object.hasOwn(user, field)) return undefined;
  const value: unknown = Reflect.get(user, field);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
