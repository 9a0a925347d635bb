import { randomUUID } from 'node:crypto';
import { withContext } from '@everfold/core';
import type { RequestHandler } from 'express';
import { actor, traceParent } from './request-headers.js';

/** Puts into every event's metadata which request it goes back to, who sent it, and the caller's trace. */
export const requestContext: RequestHandler = (request, _response, next) =>
  withContext(
    { correlationId: randomUUID(), actor: actor(request), traceparent: traceParent(request) },
    next,
  );
