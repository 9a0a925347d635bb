import { withContext } from '@everfold/core';
import { Inject, Injectable, type NestMiddleware } from '@nestjs/common';
import { EVERFOLD_OPTIONS, type EverfoldModuleOptions } from '../module/options.js';
import { HttpConnections } from '../shutdown/http-connections.js';
import { httpContext } from './http-context.js';

const seenRequests = new WeakSet<object>();

/** @internal Whether a request was put into its context before guards. */
export function wasSeen(request: object): boolean {
  const { raw } = request as { readonly raw?: unknown };
  return seenRequests.has(typeof raw === 'object' && raw !== null ? raw : request);
}

/** @internal Puts each request into its context, so that guards, handlers and exception filters see the same one. */
@Injectable()
export class ContextMiddleware implements NestMiddleware {
  constructor(
    @Inject(EVERFOLD_OPTIONS) private readonly options: EverfoldModuleOptions,
    @Inject(HttpConnections) private readonly connections: HttpConnections,
  ) {}

  use(request: object, _response: unknown, next: () => void): void {
    const { context = httpContext } = this.options;
    seenRequests.add(request);
    const seen = context(request);
    this.connections.admit(() => withContext(seen, next));
  }
}
