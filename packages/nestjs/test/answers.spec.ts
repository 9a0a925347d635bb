import type { AddressInfo } from 'node:net';
import {
  AggregateExistsError,
  AggregateNotFoundError,
  AppendOutcomeUnknownError,
  CommandIdReusedError,
  CommandInvalidError,
  type Committed,
  ConcurrencyError,
  DocumentParkedError,
  DomainError,
  ForeignPositionError,
  NotAuthorisedError,
  type Position,
  ReadModelBehindError,
  StoreCorruptedError,
  StoreUnavailableError,
  WrongExpectedRevisionError,
} from '@everfold/core';
import { Controller, Get, ImATeapotException, Param } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { EverfoldExceptionFilter } from '../src/index.js';
import { closeAll, rootOf, start } from './support/applications.js';

class TooLate extends DomainError {
  readonly code = 'too-late';
}

const THROWN: Readonly<Record<string, Error>> = {
  refusal: new TooLate('the shop is closed', { details: { opens: 9 } }),
  unauthorised: new NotAuthorisedError('not you'),
  invalid: new CommandInvalidError('pay', [{ path: 'amount', messages: ['must be more'] }]),
  missing: new AggregateNotFoundError('account', '1'),
  exists: new AggregateExistsError('account', '1'),
  stale: new WrongExpectedRevisionError('account-1', 1, 2),
  reused: new CommandIdReusedError('account-1', 'c-1'),
  contended: new ConcurrencyError('account-1', 1, 4),
  unavailable: new StoreUnavailableError('/var/secret/place is full'),
  unknown: new AppendOutcomeUnknownError('account-1'),
  foreign: new ForeignPositionError('1' as Position, 'one', 'other'),
  behind: new ReadModelBehindError('secret', '1' as Position, 500),
  parked: new DocumentParkedError('secret', 'a', '1' as Position),
  committed: new ReadModelBehindError('secret', '1' as Position, 500, undefined, {
    committed: { revision: 3 } as Committed<unknown>,
  }),
  corrupted: new StoreCorruptedError(undefined, 'a page is gone'),
  teapot: new ImATeapotException(),
};

@Controller()
class ThrowingController {
  @Get(':what') throw(@Param('what') what: string): never {
    throw THROWN[what] ?? new Error('unexpected');
  }
}

afterEach(closeAll);

describe('EverfoldExceptionFilter', () => {
  const serve = async () => {
    const app = await start({
      imports: rootOf(),
      controllers: [ThrowingController],
      providers: [{ provide: APP_FILTER, useClass: EverfoldExceptionFilter }],
    });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return async (what: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}/${what}`, {
        headers: { Connection: 'close' },
      });
      const body = (await answer.json()) as object;
      return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body };
    };
  };

  it.each([
    ['refusal', 422, { code: 'too-late', message: 'the shop is closed', details: { opens: 9 } }],
    ['unauthorised', 403, { code: 'not-authorised' }],
    [
      'invalid',
      400,
      { code: 'COMMAND_INVALID', errors: [{ path: 'amount', messages: ['must be more'] }] },
    ],
    ['foreign', 400, { code: 'FOREIGN_POSITION' }],
    ['missing', 404, { code: 'AGGREGATE_NOT_FOUND' }],
    ['exists', 409, { code: 'AGGREGATE_EXISTS' }],
    ['stale', 412, { code: 'WRONG_EXPECTED_REVISION' }],
    ['reused', 422, { code: 'COMMAND_ID_REUSED' }],
    ['corrupted', 500, { message: 'Internal server error' }],
    ['teapot', 418, { statusCode: 418 }],
    ['anything', 500, { message: 'Internal server error' }],
  ])('answers %p with %p', async (what, status, body) => {
    const look = await serve();

    const answer = await look(what);

    expect(answer).toMatchObject({
      status,
      retryAfter: null,
      body: { statusCode: status, ...body },
    });
  });

  it.each(['contended', 'unavailable', 'unknown', 'behind', 'parked'])(
    'tells when to come again: %p',
    async (what) => {
      const look = await serve();

      const answer = await look(what);

      expect(answer).toMatchObject({ status: 503, retryAfter: '1' });
      expect(JSON.stringify(answer.body)).not.toMatch(/secret|account-1/);
    },
  );

  it('invites nobody to repeat what was done, and is only not to be seen yet', async () => {
    const look = await serve();

    const answer = await look('committed');

    expect(answer).toMatchObject({ status: 503, retryAfter: null });
    expect(answer.body).toMatchObject({ message: expect.stringMatching(/^This was done/) });
  });
});
