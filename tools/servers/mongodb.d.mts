/** What a server for tests is, in the order in which they are looked for. */
export type MongoServerKind = 'MONGODB_URL' | 'mongod' | 'mongodb-memory-server' | 'mongo-java-server';

/** A MongoDB that tests may write to. */
export interface MongoServer extends AsyncDisposable {
  /** Connects to it; may hold a password where it was given by MONGODB_URL. */
  readonly url: string;
  readonly kind: MongoServerKind;
  /** Whether a transaction was really run on it. */
  readonly hasTransactions: boolean;
  /** A name for a database that no other test uses, here or in another process. */
  database(): string;
  /** Ends the server, where it was started for this call; otherwise drops the databases whose names it gave. */
  close(): Promise<void>;
}

/**
 * Finds a MongoDB, starts it where that is needed, and says in one line on stderr which it took. A server that this call
 * started ends with this process at the latest.
 *
 * @returns undefined where there is none; then the line says so.
 * @throws Error when MONGODB_URL is set and nothing answers there: it is never passed over.
 */
export function resolveMongo(): Promise<MongoServer | undefined>;

/**
 * Finds a MongoDB once for this process and all processes that it starts, by the variable EVERFOLD_TEST_MONGODB.
 *
 * @returns A function that ends the sharing, and the server.
 */
export function shareMongo(): Promise<() => Promise<void>>;

/**
 * `describe` with a MongoDB that is closed after it. Where there is none the tests of `body` are skipped and their names say
 * `(needs mongodb)`; `body` still runs to declare them, and must use no more of the server than `hasTransactions` outside of its tests.
 */
export function describeWithMongo(title: string, body: (mongo: MongoServer) => void): Promise<void>;
