import { currentContext, withContext } from '@everfold/core';
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { Observable } from 'rxjs';
import { EVERFOLD_OPTIONS, type EverfoldModuleOptions } from '../module/options.js';
import { readContext, wasSeen } from './read-context.js';

/**
 * Puts the handling of an HTTP request into the context that the module's `context` option reads from it; on by default, for
 * every route. Guards have run by now: where none has set `request.user`, it stays in the context that was read before them.
 * Replace it by that option, or override this provider by an interceptor of your own: then nothing is read before guards.
 */
@Injectable()
export class ContextInterceptor implements NestInterceptor {
  constructor(@Inject(EVERFOLD_OPTIONS) private readonly options: EverfoldModuleOptions) {}

  intercept(execution: ExecutionContext, handler: CallHandler): Observable<unknown> {
    if (execution.getType() !== 'http') return handler.handle();
    const request = execution.switchToHttp().getRequest<{ readonly user?: unknown }>();
    if (request.user === undefined && wasSeen(request)) return handler.handle();
    const { correlationId } = currentContext();
    const seen = readContext(this.options, request);
    const kept = correlationId === undefined ? seen : { ...seen, correlationId };
    // What a handler returns may be subscribed to later, outside of here.
    return new Observable((subscriber) =>
      withContext(kept, () => handler.handle().subscribe(subscriber)),
    );
  }
}
