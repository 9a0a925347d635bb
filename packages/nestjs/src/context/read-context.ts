import type { MessageContext } from '@everfold/core';
import type { EverfoldModuleOptions } from '../module/options.js';
import { httpContext } from './http-context.js';

const seenRequests = new WeakSet<object>();

/** @internal Notes that a request was put into its context before guards. */
export function markSeen(request: object): void {
  seenRequests.add(request);
}

/** @internal Whether a request was put into its context before guards; some platforms wrap Node's own request later. */
export function wasSeen(request: object): boolean {
  const { raw } = request as { readonly raw?: unknown };
  return seenRequests.has(typeof raw === 'object' && raw !== null ? raw : request);
}

/** @internal @throws TypeError when the `context` option returns no context; what it throws. */
export function readContext(
  { context = httpContext }: EverfoldModuleOptions,
  request: unknown,
): MessageContext {
  const read: unknown = context(request);
  const isContext = typeof read === 'object' && read !== null && !('then' in read);
  if (isContext) return read;
  throw new TypeError(
    'EverfoldModule: context must return an object at once, and no promise. Ask what takes time in a guard, and leave it in request.user.',
  );
}
