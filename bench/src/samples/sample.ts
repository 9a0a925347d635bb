import type { Contender } from '../contender.js';
import type { StoreName } from '../workload/store.js';

/** What every sample needs to know. */
interface Subject {
  readonly contender: Contender;
  readonly store: StoreName;
  /** Holds nothing, or what a sample of the kind `seed` has left for the same contender. */
  readonly folder: string;
}

/** Appends of one event each; the value is appends a second. */
export interface AppendSample extends Subject {
  readonly kind: 'append';
  readonly inFlight: number;
  /** Untimed, so that code is compiled and files are open. */
  readonly warmUp: number;
  readonly appends: number;
  /** Round robin over so many streams, or each opens one. */
  readonly streams: number | 'new';
  readonly maxMs: number;
}

/** Fills the log, stream by stream in turns, as applications do; the value is how many events it wrote. */
export interface SeedSample extends Subject {
  readonly kind: 'seed';
  readonly inFlight: number;
  readonly streams: number;
  readonly eventsPerStream: number;
}

/** Reads everything; the value is events a second. */
export interface ScanSample extends Subject {
  readonly kind: 'scan';
  readonly events: number;
}

/** Reads streams, one after the other; the value is streams a second. */
export interface ReadSample extends Subject {
  readonly kind: 'read';
  readonly streams: number;
  readonly eventsPerStream: number;
  readonly reads: number;
}

/** Commands on seeded accounts; the value is commands a second. */
export interface CommandSample extends Subject {
  readonly kind: 'command';
  readonly inFlight: number;
  readonly accounts: number;
  readonly warmUp: number;
  readonly commands: number;
  /** With the cache filled, or without a cache and each account touched once. */
  readonly cache: boolean;
}

/** Latencies of appends by another process, in ms. */
export interface NotifySample extends Subject {
  readonly kind: 'notify';
  readonly appends: number;
}

/** A subscription with nothing to do; the value is % of one CPU. */
export interface IdleCpuSample extends Subject {
  readonly kind: 'idle-cpu';
  readonly ms: number;
}

/** Memory while so many events are appended and scanned; the value is the largest distance from the first reading, in MB. */
export interface RssSample extends Subject {
  readonly kind: 'rss';
  readonly events: number;
  readonly readEvery: number;
}

/** How many writers at once a log bears; the value is the highest count without a failed append. */
export interface WritersSample extends Subject {
  readonly kind: 'writers';
  readonly counts: readonly number[];
}

/** Fills a read model from a log that is there; the value is events a second. The limit only reads and decodes. */
export interface RebuildSample extends Subject {
  readonly kind: 'rebuild';
  readonly accounts: number;
  readonly events: number;
  /** How many events are written at once. */
  readonly maxEvents: number;
}

/**
 * Fills a read model on MongoDB from a log that is there; the value is events a second. The limit writes what such a rebuild has
 * written, as often and with the same filters, and reads nothing.
 */
export interface RebuildMongodbSample extends Subject {
  readonly kind: 'rebuild-mongodb';
  /** Both empty; on the server that the row has found. */
  readonly databases: { readonly warmUp: string; readonly timed: string };
  readonly accounts: number;
  readonly events: number;
}

/** How long after the call of `append` in another process an event is in a stored read model, in ms. */
export interface LagSample extends Subject {
  readonly kind: 'lag';
  readonly appendsPerSecond: number;
  readonly ms: number;
  /** The database, on a MongoDB, that the read model is stored in. Default: beside the events. */
  readonly mongodb?: string | undefined;
}

/** Deposits over HTTP into the bank, or into the bare route as the limit; the value is requests a second. */
export interface HttpDepositSample extends Subject {
  readonly kind: 'http-deposit';
  readonly connections: number;
  readonly accounts: number;
  readonly warmUp: number;
  readonly requests: number;
}

/** One measurement, taken in a process of its own. */
export type Sample =
  | AppendSample
  | SeedSample
  | ScanSample
  | ReadSample
  | CommandSample
  | NotifySample
  | IdleCpuSample
  | RssSample
  | WritersSample
  | HttpDepositSample
  | RebuildSample
  | RebuildMongodbSample
  | LagSample;

/** What a sample came to. */
export interface Sampled {
  readonly value: number;
  /** Further numbers or words of the sample, for the notes below the table. */
  readonly note?: string | undefined;
  /** All single readings, where the value is taken from several. */
  readonly readings?: readonly number[] | undefined;
  /** How long single requests took, where the sample is of requests. */
  readonly latencyMs?: { readonly p50: number; readonly p99: number } | undefined;
}
