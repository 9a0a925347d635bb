import { crc32 } from 'node:zlib';
import type { EventStore, RecordedEvent } from '@everfold/core';

/** What the processes that write to one folder have said. */
export class Ledger {
  /** Streams and counts of events, by append. */
  readonly begun = new Map<string, readonly (readonly [stream: string, count: number])[]>();
  readonly acknowledged = new Set<string>();

  /** Takes note of a message; whether it was an acknowledgement. */
  take(message: Readonly<Record<string, unknown>>): boolean {
    const { begun, members, acknowledged } = message;
    if (typeof begun === 'string')
      this.begun.set(begun, members as readonly (readonly [string, number])[]);
    if (typeof acknowledged !== 'string') return false;
    this.acknowledged.add(acknowledged);
    return true;
  }

  /** How many appends of a process have begun and were not acknowledged. */
  inFlight(process: number): number {
    let count = 0;
    for (const append of this.begun.keys())
      if (append.startsWith(`${process}.`) && !this.acknowledged.has(append)) count += 1;
    return count;
  }
}

interface Written {
  readonly append: string;
  readonly index: number;
  readonly text: string;
  readonly sum: number;
}

/** What {@link holdAgainst} found in a log. */
export interface Findings {
  readonly events: number;
  /** Ids of events, by stream. */
  readonly streams: ReadonlyMap<string, readonly string[]>;
}

/**
 * Holds a log against what was said: everything acknowledged is there, every append is there with all its events or with none,
 * events are what was sent, revisions are contiguous.
 *
 * @throws Error that says what is wrong.
 */
export async function holdAgainst(ledger: Ledger, store: EventStore): Promise<Findings> {
  const acknowledged = [...ledger.acknowledged];
  const found: Found = { events: 0, position: '', appends: new Map(), streams: new Map() };
  for await (const batch of store.readAll().batches())
    for (const event of batch) take(event, found);
  const missing = acknowledged.filter((append) => !found.appends.has(append));
  if (missing.length > 0) throw new Error(`Acknowledged and missing: ${missing.join(', ')}.`);
  for (const [append, counts] of found.appends) checkWhole(append, counts, ledger);
  return found;
}

interface Found {
  events: number;
  position: string;
  readonly appends: Map<string, Map<string, number>>;
  readonly streams: Map<string, string[]>;
}

function take(event: RecordedEvent, found: Found): void {
  if (event.position <= found.position) throw new Error(`Position ${event.position} goes back.`);
  found.position = event.position;
  found.events += 1;
  checkRevision(event, found.streams);
  if (event.type === 'written') note(event, found.appends);
}

function checkRevision(
  { stream, revision, id }: RecordedEvent,
  streams: Map<string, string[]>,
): void {
  const ids = streams.get(stream) ?? [];
  if (revision !== ids.length)
    throw new Error(`Revision ${revision} of '${stream}' stands where ${ids.length} should.`);
  ids.push(id);
  streams.set(stream, ids);
}

function note(event: RecordedEvent, found: Map<string, Map<string, number>>): void {
  const { append, index, text, sum } = event.data as unknown as Written;
  if (crc32(`${append} ${index} ${text}`) !== sum)
    throw new Error(`Event ${event.id} is not what was sent.`);
  const counts = found.get(append) ?? new Map<string, number>();
  counts.set(event.stream, (counts.get(event.stream) ?? 0) + 1);
  found.set(append, counts);
}

function checkWhole(append: string, counts: ReadonlyMap<string, number>, ledger: Ledger): void {
  const members = ledger.begun.get(append);
  if (members === undefined) throw new Error(`Append ${append} was never begun.`);
  const whole =
    counts.size === members.length &&
    members.every(([stream, count]) => counts.get(stream) === count);
  if (!whole)
    throw new Error(
      `Append ${append} is torn: ${JSON.stringify([...counts])} of ${JSON.stringify(members)}.`,
    );
}
