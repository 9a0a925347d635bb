import { EverfoldError } from '../errors.js';
import {
  EventInvalidError,
  EventVersionTooNewError,
  UnknownEventTypeError,
  UnserializableEventError,
  UpcasterMissingError,
} from '../event/errors.js';
import {
  AppendOutcomeUnknownError,
  CheckpointAheadOfLogError,
  ForeignPositionError,
  NotAStoreError,
  StoreCorruptedError,
  StoreFormatTooNewError,
  StoreUnavailableError,
  StreamDeletedError,
  WriteLockHeldError,
  WrongExpectedRevisionError,
} from './errors.js';
import type { Position } from './position.js';

const position = '0042' as Position;

const errors: readonly (readonly [code: string, remedy: string, EverfoldError])[] = [
  ['WRONG_EXPECTED_REVISION', 'load it again', new WrongExpectedRevisionError('a-1', 3, 4)],
  ['STREAM_DELETED', 'Use another stream', new StreamDeletedError('a-1')],
  [
    'APPEND_OUTCOME_UNKNOWN',
    'repeat it with the same event ids',
    new AppendOutcomeUnknownError('a-1'),
  ],
  ['WRITE_LOCK_HELD', 'repeat it with the same event ids', new WriteLockHeldError('a-1')],
  [
    'STORE_UNAVAILABLE',
    'open it again',
    new StoreUnavailableError('The store is closed: open it again.'),
  ],
  ['NOT_A_STORE', 'another folder', new NotAStoreError('/tmp/x is no store: name another folder.')],
  ['STORE_FORMAT_TOO_NEW', 'Update the package', new StoreFormatTooNewError('/tmp/x', 2, 1)],
  ['STORE_CORRUPTED', 'restore a backup', new StoreCorruptedError(position, 'a checksum differs')],
  [
    'FOREIGN_POSITION',
    'valid for the store that handed them out',
    new ForeignPositionError('1', 'a', 'b'),
  ],
  ['CHECKPOINT_AHEAD_OF_LOG', 'Rebuild', new CheckpointAheadOfLogError(position, undefined)],
  [
    'UNSERIALIZABLE_EVENT',
    'data.at: write plain values',
    new UnserializableEventError('a', 'data.at', 'write plain values'),
  ],
  [
    'EVENT_INVALID',
    'Check the values',
    new EventInvalidError('a', [{ path: 'note', messages: ['too long'] }]),
  ],
  ['UNKNOWN_EVENT_TYPE', ".ignore('a')", new UnknownEventTypeError('a', 'a-1', 0)],
  ['EVENT_VERSION_TOO_NEW', 'deploy the newer version', new EventVersionTooNewError('a', 3, 2)],
  ['UPCASTER_MISSING', 'upcasts<V1>().to(…)', new UpcasterMissingError('a', 1, 2)],
];

describe('An error', () => {
  it.each(errors)('of code %s names the remedy: %s', (code, remedy, error) => {
    expect(error.code).toBe(code);
    expect(error.message).toContain(remedy);
  });

  it.each(errors)(
    'of code %s is an Error of its own name, with a stack',
    (_code, _remedy, error) => {
      expect(error).toBeInstanceOf(Error);
      expect(error).toBeInstanceOf(EverfoldError);
      expect(error.name).toBe(error.constructor.name);
      expect(error.stack).toContain(error.name);
    },
  );

  it('is an instance of its own class, of those above it, and of no other', () => {
    const held = new WriteLockHeldError('a-1');
    const unknown = new AppendOutcomeUnknownError('a-1');

    expect(held).toBeInstanceOf(AppendOutcomeUnknownError);
    expect(unknown).not.toBeInstanceOf(WriteLockHeldError);
    expect(held).not.toBeInstanceOf(StreamDeletedError);
  });

  it('is told by its code, so that another copy of the package knows it', () => {
    const foreign = Object.defineProperty(
      new Error('from a copy'),
      Symbol.for('everfold.error-codes'),
      {
        value: ['STREAM_DELETED'],
      },
    );

    expect(foreign).toBeInstanceOf(EverfoldError);
    expect(foreign).toBeInstanceOf(StreamDeletedError);
    expect(foreign).not.toBeInstanceOf(NotAStoreError);
  });

  it.each([[undefined], [null], ['text'], [new Error('other')], [{ code: 'STREAM_DELETED' }]])(
    'is not %p',
    (value) => {
      expect(value instanceof EverfoldError).toBe(false);
      expect(value instanceof StreamDeletedError).toBe(false);
    },
  );

  it('keeps its cause', () => {
    const cause = new Error('the driver said so');

    expect(new StoreUnavailableError('not reachable', { cause }).cause).toBe(cause);
    expect(new WrongExpectedRevisionError('a-1', 'any', 0, { cause }).cause).toBe(cause);
  });

  it('of a class that an adapter derives stays one of ours', () => {
    class DiskFullError extends StoreUnavailableError {}

    const error = new DiskFullError('no room');

    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(error).toBeInstanceOf(DiskFullError);
    expect(new StoreUnavailableError('closed')).not.toBeInstanceOf(DiskFullError);
    expect([error.code, error.name]).toEqual(['STORE_UNAVAILABLE', 'DiskFullError']);
  });
});
