// What the framework keeps beside the documents, as records of the read-model store:
//   members/<member>                          a process that runs consumers: a counter that it raises while it lives
//   models/<name>@<version>                   a version of a projection: its generations, and which one is in use
//   segments/<consumer>/<segment>             who owns a segment and how far it is; <consumer> is <name>@<version>.<generation>, or a reactor
//   reactors/<name>                           a reactor: where it began
//   parked/<consumer>/<segment>/<position>-<hash>  an event that is parked
//   requests/<consumer>/<id>                  what the owner of a segment is asked to do: retry, drop
//   controls/<name>                           what an operator has said: paused
//   purges/<consumer>                         up to where the markers of removed documents are to be purged, and when
import type { Json } from '../event/json.js';
import type { Position } from '../event-store/position.js';

/** How far a segment has come: everything at or before `position` is handled, and `eventId` is the last event looked at. */
export interface Checkpoint {
  readonly position: Position;
  /** The id of the last event looked at, handled or not; missing where none was. */
  readonly eventId?: string | undefined;
  /** The position of that event. */
  readonly eventPosition?: Position | undefined;
}

/** A segment's record. */
export interface SegmentRecord {
  /** Raised by each new owner. */
  readonly epoch: number;
  /** The member that owns it; missing when nobody does. */
  readonly owner?: string | undefined;
  /** Missing before anything was handled. */
  readonly checkpoint?: Checkpoint | undefined;
  /** Events handled, in all; a measure, not a promise. */
  readonly handled: number;
  /** Events without a document and without `initial`, in all. */
  readonly skipped: number;
  /** Those of them whose stream has lost its beginning. */
  readonly orphaned: number;
  /** Documents (of reactors: keys) behind a parked event. */
  readonly parked: number;
  /** Why the segment does not go on. */
  readonly stopped?: StoppedAt | undefined;
}

/** The event that a segment stopped at. */
export interface StoppedAt {
  readonly position?: Position | undefined;
  readonly eventId?: string | undefined;
  readonly eventType?: string | undefined;
  readonly documentId?: string | undefined;
  readonly error: string;
  /** When, ISO 8601. */
  readonly at: string;
}

/** A generation of a projection's version. `filling`: built beside the one in use. `kept`: was in use, fed on for rollback. `dropping`: being removed. */
export interface GenerationRecord {
  readonly state: 'filling' | 'serving' | 'kept' | 'dropping';
  /** When it was begun, ISO 8601. */
  readonly createdAt: string;
  /** Whether it has been complete once: until then reads wait. */
  readonly ready: boolean;
  /** Whether an application has fed it to the end: what only a command has filled may lag behind what its readers saw before. */
  readonly served?: boolean | undefined;
}

/** A version of a projection. */
export interface ModelRecord {
  readonly name: string;
  readonly version: number;
  /** The identity of the log that it is folded from. */
  readonly log: string;
  readonly fingerprint: ModelFingerprint;
  /** By number, from 1. */
  readonly generations: { readonly [generation: string]: GenerationRecord };
  /** The generation that reads get. */
  readonly serving: number;
  /** The one in use before, for rollback. */
  readonly previous?: number | undefined;
  /** The highest number that a generation was ever given, so that none is given twice. Default: the highest there is. */
  readonly highest?: number | undefined;
  /** A switch that is under way: nobody takes segments of the serving generation while `by` lives. */
  readonly switching?: { readonly to: number; readonly by: string } | undefined;
}

/** What may not change under one version. */
export interface ModelFingerprint {
  /** Stored event types, sorted. Their versions do not count: upcasters lead old events to the present form. */
  readonly handles: readonly string[];
  readonly indexes: readonly (readonly string[])[];
  readonly segments: number;
}

/** A parked event. */
export interface ParkedRecord {
  /** Of a projection: the document. Of a reactor: what its events are ordered by. */
  readonly documentId: string;
  readonly position: Position;
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  readonly eventType: string;
  /** Of the first event of a document that is parked; those behind it wait, and have none. */
  readonly error?: string | undefined;
  readonly attempts?: number | undefined;
  /** ISO 8601. */
  readonly parkedAt: string;
}

/** What the owner of a segment is asked to do with the parked events of a document. */
export interface ParkedRequest {
  readonly kind: 'retry' | 'drop';
  readonly documentId: string;
  /** Of `'drop'`: the position of the event that fails, so that a repeat drops no other one. Default: whichever fails. */
  readonly position?: Position | undefined;
  /** ISO 8601. */
  readonly requestedAt: string;
}

/** What an operator has said of a projection or a reactor, in all its versions. */
export interface ControlRecord {
  readonly paused: boolean;
  /** ISO 8601. */
  readonly at: string;
}

/** The markers that are purged next: those at or before `position`, which every segment has passed, when they were kept long enough. */
export interface PurgeRecord {
  readonly position: Position;
  /** For how long they were kept since, in milliseconds that living owners have measured. */
  readonly keptMs: number;
}

/** A process that runs consumers. */
export interface MemberRecord {
  /** Raised while it lives. Others compare it with what they saw before, and never with a clock. */
  readonly beat: number;
  /** The consumers that it runs. */
  readonly consumers: readonly string[];
  readonly host: string;
  readonly pid: number;
}

/** @internal The keys of records. */
export const keys = {
  member: (member: string): string => `members/${member}`,
  members: 'members/',
  model: (name: string, version: number): string => `models/${name}@${version}`,
  models: 'models/',
  reactor: (name: string): string => `reactors/${name}`,
  reactors: 'reactors/',
  control: (name: string): string => `controls/${name}`,
  segment: (consumer: string, segment: number): string =>
    `segments/${consumer}/${String(segment).padStart(2, '0')}`,
  segments: (consumer: string): string => `segments/${consumer}/`,
  parked: (consumer: string, segment: number): string =>
    `parked/${consumer}/${String(segment).padStart(2, '0')}/`,
  allParked: (consumer: string): string => `parked/${consumer}/`,
  purge: (consumer: string): string => `purges/${consumer}`,
  allSegments: 'segments/',
  controls: 'controls/',
  everythingParked: 'parked/',
  requests: (consumer: string): string => `requests/${consumer}/`,
  request: (consumer: string, id: string): string => `requests/${consumer}/${id}`,
} as const;

/** @internal The consumer of a generation; also the name of its collection. */
export function consumerOf(name: string, version: number, generation: number): string {
  return `${name}@${version}.${generation}`;
}

/** @internal A record's value as it is stored: fields that are `undefined` left out. */
export function toJson(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** @internal The position up to which all segments have handled everything; `undefined` before the first. */
export function leastOf(segments: readonly SegmentRecord[]): Position | undefined {
  let least: Position | undefined;
  for (const { checkpoint } of segments) {
    if (checkpoint === undefined) return undefined;
    if (least === undefined || checkpoint.position < least) least = checkpoint.position;
  }
  return least;
}
