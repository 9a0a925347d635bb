import type { AddressInfo } from 'node:net';
import { currentContext, withContext } from '@everfold/core';
import {
  type ArgumentsHost,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  type INestApplication,
  NotFoundException,
  Param,
  Post,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import { Observable } from 'rxjs';
import { ContextInterceptor, type EverfoldModuleOptions } from '../src/index.js';
import { OpenAccount } from './support/account.js';
import { AccountsModule, closeAll, eventsOf, rootOf, start } from './support/applications.js';

const seen: { readonly where: string; readonly correlationId: string | undefined }[] = [];
const note = (where: string) => seen.push({ where, correlationId: currentContext().correlationId });

class Guard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    note('guard');
    if (request.headers['x-signed-in']) request.user = { id: 7, tenant: 'acme' };
    return true;
  }
}

@Catch()
class Filter implements ExceptionFilter {
  catch(error: Error, host: ArgumentsHost): void {
    note('filter');
    host.switchToHttp().getResponse().status(400).json({ message: error.message });
  }
}

@Controller('accounts')
class AccountsController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id')
  async open(@Param('id') id: string) {
    note('handler');
    const { repeated } = await this.commands.execute(new OpenAccount(id, 'Ada'));
    await this.commands.execute(new OpenAccount(`${id}-twin`, 'Ada'));
    return { repeated };
  }

  @Get('fails')
  fails(): never {
    throw new NotFoundException('fails');
  }

  @Get('later')
  later(): Observable<unknown> {
    return new Observable((subscriber) => {
      subscriber.next(currentContext());
      subscriber.complete();
    });
  }
}

@Controller('outside')
class OutsideController {
  @Get('fails') fails(): never {
    throw new NotFoundException('fails');
  }
}

async function serve(options: Partial<EverfoldModuleOptions> = {}) {
  const app = await start({
    imports: [...rootOf(options), AccountsModule],
    controllers: [AccountsController],
    providers: [
      { provide: APP_GUARD, useClass: Guard },
      { provide: APP_FILTER, useClass: Filter },
    ],
  });
  await app.listen(0, '127.0.0.1');
  return app;
}

function send(app: INestApplication, method: string, path: string, headers = {}) {
  const { port } = app.getHttpServer().address() as AddressInfo;
  return fetch(`http://127.0.0.1:${port}${path}`, { method, headers });
}

beforeEach(() => {
  seen.length = 0;
});
afterEach(closeAll);

describe('The context of an HTTP request', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

  it('reaches the metadata of every event', async () => {
    const app = await serve();

    await send(app, 'POST', '/accounts/a', {
      'X-Correlation-Id': 'r-1',
      'X-Causation-Id': 'm-1',
      'X-Actor': 'ada',
      'X-Tenant': 'acme',
      'Idempotency-Key': 'k-1',
      traceparent,
    });

    const events = await eventsOf(app);
    expect(events).toHaveLength(2);
    for (const { metadata } of events)
      expect(metadata).toMatchObject({
        correlationId: 'r-1',
        causationId: 'm-1',
        actor: 'ada',
        tenant: 'acme',
        commandId: 'k-1',
        traceparent,
      });
  });

  it('is made up where the caller says nothing, and the same for the whole request', async () => {
    const app = await serve();

    await send(app, 'POST', '/accounts/a');

    const [one, other] = await eventsOf(app);
    expect(one?.metadata.correlationId).toMatch(/^[\da-f-]{36}$/);
    expect(one?.metadata.causationId).toBe(one?.metadata.correlationId);
    expect(other?.metadata.correlationId).toBe(one?.metadata.correlationId);
    expect(one?.metadata).not.toHaveProperty('commandId');
    expect(seen).toEqual(
      ['guard', 'handler'].map((where) => ({
        where,
        correlationId: one?.metadata.correlationId,
      })),
    );
  });

  it('is there in guards and in exception filters', async () => {
    const app = await serve();

    await send(app, 'GET', '/accounts/fails', { 'X-Request-Id': 'r-2' });

    expect(seen).toEqual([
      { where: 'guard', correlationId: 'r-2' },
      { where: 'filter', correlationId: 'r-2' },
    ]);
  });

  it('is there for what a handler returns to be subscribed to', async () => {
    const app = await serve();

    const answer = await send(app, 'GET', '/accounts/later', { 'X-Correlation-Id': 'r-3' });

    await expect(answer.json()).resolves.toMatchObject({ correlationId: 'r-3' });
  });

  it('believes a guard more than a header', async () => {
    const app = await serve();

    await send(app, 'POST', '/accounts/a', {
      'X-Signed-In': 'yes',
      'X-Actor': 'somebody else',
      'X-Tenant': 'another',
    });

    const [event] = await eventsOf(app);
    expect(event?.metadata).toMatchObject({ actor: '7', tenant: 'acme' });
  });

  it('makes a repeat under one key harmless', async () => {
    const app = await serve();
    const open = () => send(app, 'POST', '/accounts/a', { 'Idempotency-Key': 'k-1' });

    const first = await open();
    const second = await open();

    expect([first.status, second.status]).toEqual([201, 201]);
    await expect(second.json()).resolves.toEqual({ repeated: true });
    await expect(eventsOf(app)).resolves.toHaveLength(2);
  });

  it.each(['', 'k'.repeat(256), 'k\u00e9'])('refuses the key %p, and does nothing', async (key) => {
    const app = await serve();

    const answer = await send(app, 'POST', '/accounts/a', { 'Idempotency-Key': key });

    expect(answer.status).toBe(400);
    await expect(eventsOf(app)).resolves.toEqual([]);
  });

  it('is kept apart from that of requests at the same time', async () => {
    const app = await serve();

    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        send(app, 'POST', `/accounts/${index}`, { 'X-Actor': `${index}` }),
      ),
    );

    for (const { stream, metadata } of await eventsOf(app))
      expect(stream.replace('-twin', '')).toBe(`account-${metadata.actor}`);
  });

  it('may be read in another way', async () => {
    const app = await serve({ context: () => ({ actor: 'the night shift', commandId: 'c-1' }) });

    await send(app, 'POST', '/accounts/a', { 'X-Actor': 'ada', 'Idempotency-Key': 'k-1' });

    const [event] = await eventsOf(app);
    expect(event?.metadata).toMatchObject({ actor: 'the night shift', commandId: 'c-1' });
  });

  it('is one, also when it is read in another way, and anew each time', async () => {
    let reads = 0;
    const app = await serve({ context: () => ({ correlationId: `r-${++reads}` }) });

    await send(app, 'POST', '/accounts/a', { 'X-Signed-In': 'yes' });

    const [event] = await eventsOf(app);
    expect(reads).toBe(2);
    expect(seen.map(({ correlationId }) => correlationId)).toEqual(['r-1', 'r-1']);
    expect(event?.metadata.correlationId).toBe('r-1');
  });

  it('covers every route under a global prefix, and what has no route', async () => {
    const testing = await Test.createTestingModule({
      imports: [...rootOf(), AccountsModule],
      controllers: [AccountsController, OutsideController],
      providers: [{ provide: APP_FILTER, useClass: Filter }],
    }).compile();
    const app = testing
      .createNestApplication({ logger: false })
      .setGlobalPrefix('api', { exclude: ['outside/fails'] });
    await app.listen(0, '127.0.0.1');

    const paths = ['/api/accounts/fails', '/api/nowhere', '/outside/fails'];
    for (const path of paths) await send(app, 'GET', path, { 'X-Correlation-Id': path });
    await app.close();

    expect(seen.map(({ correlationId }) => correlationId)).toEqual(paths);
  });

  it.each([undefined, Promise.resolve({}), 7])('is refused when it reads %p', async (read) => {
    const app = await serve({ context: () => read as never });

    const answer = await send(app, 'POST', '/accounts/a');

    await expect(answer.json()).resolves.toMatchObject({
      message: expect.stringMatching(/at once, and no promise/),
    });
    await expect(eventsOf(app)).resolves.toEqual([]);
  });

  it('lets the interceptor be replaced', async () => {
    const testing = await Test.createTestingModule({
      imports: [...rootOf(), AccountsModule],
      controllers: [AccountsController],
    })
      .overrideProvider(ContextInterceptor)
      .useValue({
        intercept: (_: unknown, next: { handle(): Observable<unknown> }) =>
          new Observable((subscriber) =>
            withContext({ actor: 'replaced' }, () => next.handle().subscribe(subscriber)),
          ),
      })
      .compile();
    const app = testing.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');

    await send(app, 'POST', '/accounts/a', { 'X-Tenant': 'acme', 'Idempotency-Key': '' });

    const [event] = await eventsOf(app);
    await app.close();
    expect(event?.metadata).toMatchObject({ actor: 'replaced' });
    expect(event?.metadata).not.toHaveProperty('tenant');
    expect(event?.metadata).not.toHaveProperty('commandId');
  });
});
