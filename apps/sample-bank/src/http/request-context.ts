import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { MessageContext } from '@everfold/core';
import { actor, traceParent, wellFormedKey } from './request-headers.js';

/**
 * What events say about the request that they go back to, and the id of its command. Not Everfold's own choice, which refuses a
 * malformed key at once: here that is told in its turn, after a route and an id that are wrong.
 */
export function requestContext(request: unknown): MessageContext {
  const seen = request as IncomingMessage;
  return {
    correlationId: randomUUID(),
    actor: actor(seen),
    traceparent: traceParent(seen),
    commandId: seen.method === 'POST' ? wellFormedKey(seen) : undefined,
  };
}
