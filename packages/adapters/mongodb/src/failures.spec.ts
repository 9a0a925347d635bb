import { StoreRefusedError, StoreUnavailableError } from '@everfold/core';
import {
  type BulkWriteResult,
  MongoBulkWriteError,
  MongoNetworkError,
  MongoServerError,
} from 'mongodb';
import { Failures } from './failures.js';

const failures = new Failures('MongoDB at db:27017/bank', ['s3cret']);
const refused = (error: unknown) =>
  failures
    .translate(() => Promise.reject(error))
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );

describe('A failure of the server', () => {
  it.each([
    ['not the primary any more', 10107],
    ['no primary to recover from', 11602],
    ['shut down', 91],
    ['a conflict of writes', 112],
    ['a conflict without a label', 251],
    ['a write that the majority did not confirm in time', 64],
  ])('passes when it is %s', async (message, code) => {
    const error = await refused(new MongoServerError({ message, code }));

    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect((error as Error).message).toBe(`MongoDB at db:27017/bank: ${message}`);
  });

  it.each([
    ['Authentication failed.', 18],
    ['not authorized on bank to execute command', 13],
  ])('does not pass when it is %s', async (message, code) => {
    expect(await refused(new MongoServerError({ message, code }))).toBeInstanceOf(
      StoreRefusedError,
    );
  });

  it('passes when the connection was lost', async () => {
    expect(await refused(new MongoNetworkError('connection 5 closed'))).toBeInstanceOf(
      StoreUnavailableError,
    );
  });

  it('passes when a socket failed and the driver let that through as it was', async () => {
    const error = Object.assign(new Error('write ECONNRESET'), {
      code: 'ECONNRESET',
      syscall: 'write',
    });

    expect(await refused(error)).toBeInstanceOf(StoreUnavailableError);
  });

  it('passes when a bulk write hides that its connection was lost', async () => {
    const lost = new MongoNetworkError('connection 5 closed');
    const result = { getWriteConcernError: () => undefined } as unknown as BulkWriteResult;

    expect(await refused(new MongoBulkWriteError(lost, result))).toBeInstanceOf(
      StoreUnavailableError,
    );
  });

  it('stays as it is when it is a mistake in what was asked', async () => {
    const error = new MongoServerError({ message: 'unknown operator: $foo', code: 2 });

    expect(await refused(error)).toBe(error);
  });

  it('shows no password in its message, its cause or its stack', async () => {
    const cause = new MongoNetworkError('to mongodb://ada:s3cret@db failed, s3cret');

    const error = (await refused(cause)) as Error;

    expect(error.message).not.toContain('s3cret');
    expect(String(error.cause)).not.toContain('s3cret');
    expect((error.cause as Error).stack).not.toContain('s3cret');
  });
});
