import {
  AppendOutcomeUnknownError,
  StoreCorruptedError,
  StoreUnavailableError,
  WriteLockHeldError,
  WrongExpectedRevisionError,
} from '../event-store/errors.js';
import { isPassing } from './passing.js';

const coded = (code: unknown, options?: ErrorOptions): Error =>
  Object.assign(new Error('failed', options), { code });

describe('A failure that may pass', () => {
  it.each([
    new StoreUnavailableError('The server does not answer.'),
    new AppendOutcomeUnknownError('thing-1'),
    new WriteLockHeldError('thing-1'),
    ...['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'UNAVAILABLE'].map(
      (code) => coded(code),
    ),
    new TypeError('fetch failed', { cause: coded('ECONNREFUSED') }),
    new Error('query failed', { cause: new StoreUnavailableError('No server.') }),
  ])('is %s', (error) => {
    expect(isPassing(error)).toBe(true);
  });
});

describe('A failure that does not pass', () => {
  const circular = new Error('circular');
  circular.cause = circular;

  it.each([
    new Error('nobody knows'),
    new TypeError('misuse'),
    coded('ERR_INVALID_ARG_TYPE'),
    coded(14),
    new WrongExpectedRevisionError('thing-1', 0, 1),
    new StoreCorruptedError(undefined, 'checksum', { cause: coded('ECONNRESET') }),
    new Error('read failed', { cause: new StoreCorruptedError(undefined, 'checksum') }),
    circular,
    'ECONNRESET',
    null,
    undefined,
  ])('is %s', (error) => {
    expect(isPassing(error)).toBe(false);
  });
});
