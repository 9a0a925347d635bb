import { StoreUnavailableError } from '@everfold/core';
import {
  type Collection,
  type CollectionOptions,
  type Db,
  type Document,
  MongoClient,
  type MongoClientOptions,
  ReadConcern,
  ReadPreference,
  WriteConcern,
} from 'mongodb';
import { Failures } from './failures.js';

/** Where a MongoDB is, and how it is reached. */
export interface MongoConnectionOptions {
  /**
   * A connection string, with credentials where the server wants them: they are shown nowhere. Either this or {@link client}. What it says of read
   * preference, read concern and write concern is for others: read models are read from the primary and written to the majority, always.
   */
  readonly url?: string | undefined;
  /** A client of the application's own. It is not closed with the store. */
  readonly client?: MongoClient | undefined;
  /** The database. Default: the one that the URL names, or `everfold`. */
  readonly database?: string | undefined;
  /** How long to wait for the server when the store is opened, in milliseconds. Default 30,000. */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * How long to wait for any answer, in milliseconds; behind that a call rejects with {@link StoreUnavailableError}, and a client that this
   * store has made is replaced by a new one. Default 20,000.
   */
  readonly answerTimeoutMs?: number | undefined;
}

/** How everything is read and written, whatever a URL or a client says. */
const ALWAYS: CollectionOptions = {
  readPreference: ReadPreference.primary,
  readConcern: new ReadConcern('majority'),
  writeConcern: new WriteConcern('majority', undefined, true),
  ignoreUndefined: false,
  serializeFunctions: false,
  promoteValues: true,
  promoteLongs: true,
  promoteBuffers: false,
  useBigInt64: false,
  raw: false,
};

/** Defaults that a URL may change: a connection that hangs must not hang for ever. */
const DEFAULTS: MongoClientOptions = {
  appName: 'everfold',
  serverSelectionTimeoutMS: 5_000,
  connectTimeoutMS: 5_000,
  socketTimeoutMS: 30_000,
};

/** A client that has failed for so long is replaced: the driver does not always find back by itself when many connections are cut at once. */
const RENEW_AFTER_MS = 10_000;
const CLOSE_MS = 5_000;

/** A database that is reached, and the ways to its collections. */
export class Connection {
  readonly failures: Failures;
  readonly #url: string | undefined;
  readonly #name: string;
  readonly #answerTimeoutMs: number;
  #client: MongoClient;
  #database: Db;
  /** Whether the client has reached the server once; one that has not does not try again by itself. */
  #isReached: boolean = false;
  #failingSinceMs: number | undefined;
  #isClosed: boolean = false;

  /** Reaches the server, however late it comes. @throws {@link StoreUnavailableError}, {@link StoreRefusedError}; TypeError for options. */
  static async open(options: MongoConnectionOptions, signal?: AbortSignal): Promise<Connection> {
    const connection = new Connection(options);
    try {
      signal?.throwIfAborted();
      const reached = connection.#reach(options.connectTimeoutMs ?? 30_000, signal);
      await unlessAborted(reached, signal);
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  private constructor({ url, client, database, answerTimeoutMs = 20_000 }: MongoConnectionOptions) {
    if ((url === undefined) === (client === undefined))
      throw new TypeError('MongoDB needs either a url or a client.');
    if (!Number.isSafeInteger(answerTimeoutMs) || answerTimeoutMs < 1)
      throw new TypeError(`answerTimeoutMs must be an integer from 1, not ${answerTimeoutMs}.`);
    this.#url = url;
    this.#answerTimeoutMs = answerTimeoutMs;
    this.#client = client ?? clientOf(url ?? '');
    const { hosts, credentials, dbName } = this.#client.options;
    const name = database ?? (url !== undefined && !namesDatabase(url) ? 'everfold' : dbName);
    this.#name = name;
    this.#database = this.#client.db(name);
    const { password = '', username = '' } = credentials ?? {};
    const secrets = [password, encodeURIComponent(password)];
    const place = `MongoDB at ${hosts.join(',')}/${name}${username === '' ? '' : ` as ${username}`}`;
    this.failures = new Failures(place, secrets);
  }

  get client(): MongoClient {
    return this.#client;
  }

  get database(): Db {
    this.assertOpen();
    return this.#database;
  }

  collection<D extends Document>(name: string): Collection<D> {
    return this.database.collection<D>(name, ALWAYS);
  }

  assertOpen(): void {
    if (this.#isClosed)
      throw new StoreUnavailableError(
        `${this.failures.place}: this store was closed. Open another one.`,
      );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#url !== undefined) await closed(this.#client);
  }

  /**
   * Asks the server something, and does not wait for ever.
   *
   * @param isLong - Of what is many questions: each has its own time by the driver's limits.
   * @throws {@link StoreUnavailableError}: what was asked may be carried out or not; {@link StoreRefusedError}.
   */
  async ask<T>(run: () => Promise<T>, isLong = false): Promise<T> {
    this.assertOpen();
    const client = this.#client;
    try {
      const answer = await this.failures.translate(() =>
        isLong ? run() : this.#inTime(run, client),
      );
      this.#isReached ||= client === this.#client;
      this.#failingSinceMs = undefined;
      return answer;
    } catch (error) {
      if (error instanceof StoreUnavailableError) this.#failed(client);
      throw error;
    }
  }

  async #inTime<T>(run: () => Promise<T>, client: MongoClient): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#renew(client);
        reject(
          new StoreUnavailableError(
            `${this.failures.place}: there was no answer within ${this.#answerTimeoutMs} ms.`,
          ),
        );
      }, this.#answerTimeoutMs);
    });
    try {
      const running = this.#isReached ? run() : client.connect().then(run);
      return await Promise.race([running, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #failed(client: MongoClient): void {
    const now = performance.now();
    this.#failingSinceMs ??= now;
    if (now - this.#failingSinceMs >= RENEW_AFTER_MS) this.#renew(client);
  }

  /** Replaces a client that does not find back; one of the application's own is its own affair. */
  #renew(failing: MongoClient): void {
    if (this.#url === undefined || this.#isClosed || failing !== this.#client) return;
    this.#failingSinceMs = undefined;
    this.#isReached = false;
    this.#client = clientOf(this.#url);
    this.#database = this.#client.db(this.#name);
    failing.close().catch(() => undefined);
  }

  async #reach(patienceMs: number, signal: AbortSignal | undefined): Promise<void> {
    const end = performance.now() + patienceMs;
    for (;;) {
      signal?.throwIfAborted();
      try {
        await this.failures.translate(async () => {
          // A client whose first attempt has failed does not try again by itself.
          await this.#client.connect();
          await this.#database.command({ ping: 1 });
        });
        this.#isReached = true;
        return;
      } catch (error) {
        if (!(error instanceof StoreUnavailableError) || performance.now() > end) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Ends a client; one whose connections hang is left to itself after a while. */
async function closed(client: MongoClient): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS);
  });
  await Promise.race([client.close(), late]).finally(() => clearTimeout(timer));
}

/** The driver's own waiting hears no signal. */
async function unlessAborted(waiting: Promise<void>, signal?: AbortSignal): Promise<void> {
  let abort: () => void = () => undefined;
  const aborted = new Promise<void>((_, reject) => {
    abort = () => reject(signal?.reason);
  });
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([waiting, aborted]);
  } finally {
    signal?.removeEventListener('abort', abort);
    waiting.catch(() => undefined);
  }
}

/** @throws TypeError when it is no connection string; the message does not repeat it. */
function clientOf(url: string): MongoClient {
  try {
    return new MongoClient(url, defaultsBeside(url));
  } catch (error) {
    const { name } = error as Error;
    // biome-ignore lint/style/useErrorCause: it may hold the password.
    throw new TypeError(
      `This is no connection string of MongoDB (${name}): mongodb://user:password@host:27017/database, with special characters of the ` +
        'password percent-encoded.',
    );
  }
}

/** What the URL says itself is not set beside it, where it would win. */
function defaultsBeside(url: string): MongoClientOptions {
  const named = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  const names = new Set([...named.keys()].map((name) => name.toLowerCase()));
  return Object.fromEntries(
    Object.entries(DEFAULTS).filter(([name]) => !names.has(name.toLowerCase())),
  );
}

function namesDatabase(url: string): boolean {
  return /^mongodb(?:\+srv)?:\/\/[^/]+\/[^?]+/.test(url);
}
