import { setTimeout as delay } from 'node:timers/promises';
import {
  encodeEvent,
  type Json,
  newEventId,
  type ReadModelStore,
  type RunConsumersOptions,
} from '@everfold/core';
import { MemoryEventStore, MemoryReadModelStore } from '@everfold/memory';
import { Added, type Ledger, serialLedgers, storedLedgers } from './runner-ledger.js';
import { RunnerProcess } from './runner-process.js';

import.meta.jest.setTimeout(30_000);

/** How long a condition may take, however busy the machine is. */
const PATIENCE_MS = 15_000;

export const MODES = ['atomic', 'guarded'] as const;

/** Waits for a condition. */
export async function until(what: string, ask: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await ask())) {
    if (performance.now() > end) throw new Error(`Waited in vain: ${what}`);
    await delay(5);
  }
}

/** Stores that processes share, and the processes. */
export class RunnerWorld implements AsyncDisposable {
  readonly events = new MemoryEventStore();
  readonly readModels: MemoryReadModelStore;
  readonly processes: RunnerProcess[] = [];

  constructor(
    commit: ReadModelStore['commit'] = 'atomic',
    options: { readonly maxDocumentBytes?: number } = {},
  ) {
    this.readModels = new MemoryReadModelStore({ commit, ...options });
  }

  /** A process that does not run yet. */
  process(): RunnerProcess {
    const process = new RunnerProcess(this.events, this.readModels);
    this.processes.push(process);
    return process;
  }

  /** A process that runs consumers. */
  async run(
    definitions: RunConsumersOptions['definitions'],
    options: Partial<RunConsumersOptions> = {},
  ): Promise<RunnerProcess> {
    return await this.process().start({ definitions, ...options });
  }

  /** Appends events to the stream of a ledger. @returns Their ids. */
  async write(ledger: string, ...events: readonly object[]): Promise<readonly string[]> {
    const ids: string[] = [];
    for (const event of events) {
      const id = newEventId();
      await this.events.append(`ledger-${ledger}`, [
        encodeEvent(event, { id, metadata: { correlationId: id } }),
      ]);
      ids.push(id);
    }
    return ids;
  }

  add(ledger: string, amount = 1): Promise<readonly string[]> {
    return this.write(ledger, new Added({ amount }));
  }

  /** Waits until the documents are what a serial fold of the log says. */
  async agrees(isLeftOut?: (eventId: string) => boolean): Promise<void> {
    const expected = await serialLedgers(this.events, isLeftOut);
    let stored: ReadonlyMap<string, Ledger> = new Map();
    const agree = async () => {
      stored = await storedLedgers(this.readModels);
      return sameLedgers(stored, expected);
    };
    await until('documents as a serial fold has them', agree).catch(() => {
      expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(expected));
    });
  }

  /** Waits until these processes own all segments among them, in equal shares. */
  async evenedOut(processes: readonly RunnerProcess[], segments = 8): Promise<void> {
    await until('segments shared out evenly', async () => {
      const owned = await Promise.all(processes.map((process) => process.owned()));
      const all = owned.reduce((sum, count) => sum + count, 0);
      return all === segments && Math.max(...owned) - Math.min(...owned) <= 1;
    });
  }

  /** The owners of a consumer's segments, as recorded. */
  async owners(consumer = 'ledgers@1.1'): Promise<readonly (string | undefined)[]> {
    const records = await this.segments(consumer);
    return records.map(({ owner }) => owner);
  }

  async segments(consumer = 'ledgers@1.1') {
    const records = await this.readModels.listRecords(`segments/${consumer}/`);
    return records.map(({ value }) => value as unknown as SegmentRecordSeen);
  }

  /** Parked events, as recorded, in the order of the log. */
  async parked(consumer = 'ledgers@1.1') {
    const records = await this.readModels.listRecords(`parked/${consumer}/`);
    const parked = records.map(({ value }) => value as unknown as ParkedRecordSeen);
    return parked.sort((a, b) => (a.position < b.position ? -1 : 1));
  }

  /** Asks for something as operators do. */
  async request(kind: 'retry' | 'drop', documentId: string, position?: string): Promise<void> {
    const key = `requests/ledgers@1.1/${newEventId()}`;
    const requestedAt = new Date(0).toISOString();
    await this.put(key, { kind, documentId, requestedAt, ...(position && { position }) });
    await until('the request was answered', async () => {
      return (await this.readModels.readRecord(key)) === undefined;
    });
  }

  async control(paused: boolean, name = 'ledgers'): Promise<void> {
    await this.put(`controls/${name}`, { paused, at: new Date(0).toISOString() });
  }

  async put(key: string, value: Json): Promise<void> {
    const version = (await this.readModels.readRecord(key))?.version;
    await this.readModels.writeRecord(key, value, version);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.processes.map((process) => process[Symbol.asyncDispose]()));
  }
}

interface SegmentRecordSeen {
  readonly owner?: string;
  readonly epoch: number;
  readonly checkpoint?: { readonly position: string; readonly eventId?: string };
  readonly handled: number;
  readonly skipped: number;
  readonly parked: number;
  readonly stopped?: { readonly error: string; readonly eventId?: string };
}

interface ParkedRecordSeen {
  readonly documentId: string;
  readonly position: string;
  readonly eventId: string;
  readonly error?: string;
  readonly attempts?: number;
}

function sameLedgers(a: ReadonlyMap<string, Ledger>, b: ReadonlyMap<string, Ledger>): boolean {
  if (a.size !== b.size) return false;
  for (const [id, { sum, count, chain }] of a) {
    const other = b.get(id);
    if (other?.sum !== sum || other.count !== count || other.chain !== chain) return false;
  }
  return true;
}
