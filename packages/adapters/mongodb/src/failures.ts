import { EverfoldError, StoreRefusedError, StoreUnavailableError } from '@everfold/core';
import {
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoSystemError,
} from 'mongodb';

/** Of a value that must be unique: `_id`, or a user's own index. */
const DUPLICATE_KEY = 11_000;

/** What passes: a primary that steps down or is not there yet, limits of time, conflicts of transactions. */
const PASSING_CODES: ReadonlySet<unknown> = new Set([
  6, 7, 24, 50, 64, 79, 89, 91, 100, 112, 134, 189, 202, 225, 251, 262, 290, 317, 384, 9001, 10058,
  10107, 11600, 11602, 13388, 13435, 13436, 91331, 14031,
]);
const PASSING_LABELS = [
  'RetryableWriteError',
  'TransientTransactionError',
  'UnknownTransactionCommitResult',
  'ResetPool',
  'RetryableError',
  'SystemOverloadedError',
];

/** What the driver rejects with because of a connection, of a pool, or of a client that was closed; by name, since versions differ in classes. */
const PASSING_NAMES: ReadonlySet<string> = new Set([
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoClientClosedError',
  'MongoServerClosedError',
  'MongoPoolClosedError',
  'PoolClosedError',
  'PoolClearedError',
  'PoolClearedOnNetworkError',
  'MongoPoolClearedError',
  'WaitQueueTimeoutError',
  'MongoExpiredSessionError',
  'MongoUnexpectedServerResponseError',
  'MongoCursorExhaustedError',
  'MongoOperationTimeoutError',
  'MongoServerSelectionError',
  'MongoWriteConcernError',
]);

/** Credentials, rights, and what a server or its configuration does not allow. */
const REFUSING_CODES: ReadonlySet<unknown> = new Set([8, 13, 18, 20, 31, 263, 8000]);

/** One member of a bulk write that failed. */
export interface FailedWrite {
  /** Of the operation, in the order in which they were given. */
  readonly index: number;
  /** The index that was violated; `undefined` for other failures. */
  readonly violated: string | undefined;
  readonly error: unknown;
}

/** Whether a value that must be unique stood there already. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof MongoError && error.code === DUPLICATE_KEY;
}

/**
 * The members of an unordered bulk write that failed.
 *
 * @throws What the whole has failed with: then nothing is known of its members.
 */
export function failedWritesOf(error: unknown): readonly FailedWrite[] {
  if (!(error instanceof MongoBulkWriteError)) throw error;
  if (error.result.getWriteConcernError() !== undefined) throw error;
  const failed = [error.writeErrors].flat();
  if (failed.length === 0) throw error;
  return failed.map((each) => ({
    index: each.index,
    violated: each.code === DUPLICATE_KEY ? violatedIndex(each) : undefined,
    error: each,
  }));
}

/** Servers that are compatible with MongoDB name the index in the message only. */
function violatedIndex({ errmsg, err }: { errmsg?: string | undefined; err?: unknown }): string {
  const text = errmsg ?? String(Reflect.get(Object(err), 'errmsg') ?? '');
  const index = /index: (?:.*\$)?(\S+)/.exec(text)?.[1];
  return index ?? (/_id/.test(text) ? '_id_' : 'unknown');
}

/** Turns failures of the driver into those of the port; what an application has done wrong stays as it is. */
export class Failures {
  readonly #place: string;
  readonly #secrets: readonly string[];

  /**
   * @param place - What messages call the database; holds no credentials.
   * @param secrets - What no message may hold.
   */
  constructor(place: string, secrets: readonly string[]) {
    this.#place = place;
    this.#secrets = secrets.filter(({ length }) => length > 2);
  }

  get place(): string {
    return this.#place;
  }

  /** Runs what asks the server. @throws {@link StoreUnavailableError}, {@link StoreRefusedError}, or what is neither. */
  async translate<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw this.translated(error);
    }
  }

  translated(error: unknown): unknown {
    if (error instanceof EverfoldError) return error;
    const message = `${this.#place}: ${this.#redacted(messageOf(error))}`;
    const cause = this.#withoutSecrets(error);
    if (isRefusing(error))
      return new StoreRefusedError(
        `${message}. Look at the user's name, its password and its roles, then start again.`,
        { cause },
      );
    if (isPassingFailure(error)) return new StoreUnavailableError(message, { cause });
    return cause;
  }

  #redacted(text: string): string {
    const hidden = this.#secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
    return hidden.replace(/(mongodb(?:\+srv)?:\/\/)[^@\s/]*@/g, '$1***@');
  }

  /** Messages and stacks of causes reach logs too. */
  #withoutSecrets(error: unknown): unknown {
    if (!(error instanceof Error)) return error;
    for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; depth += 1) {
      const { message, stack } = at;
      if (message !== this.#redacted(message)) at.message = this.#redacted(message);
      if (stack !== undefined && stack !== this.#redacted(stack)) at.stack = this.#redacted(stack);
      at = at.cause;
    }
    return error;
  }
}

function isRefusing(error: unknown): boolean {
  return error instanceof MongoServerError && REFUSING_CODES.has(error.code);
}

function isPassingFailure(failure: unknown): boolean {
  const error = brokenOff(failure);
  if (!(error instanceof MongoError)) return isOfSystem(error);
  if (error instanceof MongoNetworkError || error instanceof MongoSystemError) return true;
  if (PASSING_NAMES.has(error.name) || PASSING_CODES.has(error.code)) return true;
  if (PASSING_LABELS.some((label) => error.hasErrorLabel(label))) return true;
  return error instanceof MongoBulkWriteError && error.result.getWriteConcernError() !== undefined;
}

/** A bulk write whose connection is lost fails as if the server had answered, and hides what it failed with. */
function brokenOff(error: unknown): unknown {
  const isHidden = error instanceof MongoBulkWriteError && error.errorResponse instanceof Error;
  return isHidden ? error.errorResponse : error;
}

/** The driver lets some failures of a socket through as they are: `write ECONNRESET`. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
