import { withContext } from '@everfold/core';
import { Inject, Injectable, type NestMiddleware } from '@nestjs/common';
import { EVERFOLD_OPTIONS, type EverfoldModuleOptions } from '../module/options.js';
import { HttpConnections } from '../shutdown/http-connections.js';
import { ContextInterceptor } from './context-interceptor.js';
import { markSeen, readContext } from './read-context.js';

/** @internal Puts each request into its context, so that guards, handlers and exception filters see the same one. */
@Injectable()
export class ContextMiddleware implements NestMiddleware {
  constructor(
    @Inject(EVERFOLD_OPTIONS) private readonly options: EverfoldModuleOptions,
    @Inject(HttpConnections) private readonly connections: HttpConnections,
    @Inject(ContextInterceptor) private readonly interceptor: unknown,
  ) {}

  use(request: object, _response: unknown, next: () => void): void {
    // Who puts another interceptor in its place reads the context there, and nowhere else.
    if (!(this.interceptor instanceof ContextInterceptor)) {
      this.connections.admit(next);
      return;
    }
    markSeen(request);
    const seen = readContext(this.options, request);
    this.connections.admit(() => withContext(seen, next));
  }
}
