import {
  type ConsistencyToken,
  createToken,
  type Json,
  type Position,
  type ReadModelStore,
} from '@everfold/core';

export const LOG = '00000000-0000-4000-8000-000000000001';
export const OTHER_LOG = '00000000-0000-4000-8000-000000000002';

export function at(place: number): Position {
  return String(place).padStart(16, '0') as Position;
}

export function tokenAt(place: number, log = LOG): ConsistencyToken {
  return createToken(log, at(place));
}

export interface Written {
  readonly id: string;
  readonly document: object | undefined;
  readonly at?: number;
  readonly parkedSince?: number;
}

/** A read model whose records and documents are written by hand, as consumers write them. */
export class WrittenModel {
  serving = 1;
  readonly generations: Record<string, object> = {};

  constructor(
    readonly store: ReadModelStore,
    readonly name: string,
    readonly segments = 1,
    readonly version = 1,
    readonly log = LOG,
  ) {}

  /** Begins a generation, and says which is in use. */
  async begin({ generation = 1, serving = 1, ready = true } = {}): Promise<void> {
    this.generations[generation] = { state: 'filling', createdAt: '2026-01-01T00:00:00Z', ready };
    await this.store.createCollection(this.consumer(generation), []);
    await this.serve(serving);
  }

  async serve(generation: number): Promise<void> {
    this.serving = generation;
    await this.write(`models/${this.name}@${this.version}`, {
      name: this.name,
      version: this.version,
      log: this.log,
      fingerprint: { handles: [], indexes: [], segments: this.segments },
      generations: this.generations as Json,
      serving: generation,
    });
  }

  /** Says that a generation has been complete. */
  async complete(generation: number): Promise<void> {
    this.generations[generation] = { ...this.generations[generation], ready: true };
    await this.serve(this.serving);
  }

  consumer(generation = this.serving): string {
    return `${this.name}@${this.version}.${generation}`;
  }

  /** Moves checkpoints, of all segments unless some are named. */
  reach(place: number, segments?: readonly number[]): Promise<void> {
    return this.moveTo(at(place), segments);
  }

  async moveTo(
    position: Position,
    segments: readonly number[] = [...Array(this.segments).keys()],
  ): Promise<void> {
    for (const segment of segments) await this.segment(segment, { checkpoint: { position } });
  }

  async segment(segment: number, value: Json): Promise<void> {
    const key = `segments/${this.consumer()}/${String(segment).padStart(2, '0')}`;
    const before = (await this.store.readRecord(key))?.value as Record<string, Json> | undefined;
    await this.write(key, {
      epoch: 1,
      handled: 0,
      skipped: 0,
      orphaned: 0,
      parked: 0,
      ...before,
      ...(value as object),
    });
  }

  /** Writes documents, whatever stands there. */
  async put(...documents: readonly Written[]): Promise<void> {
    const ids = documents.map(({ id }) => id);
    const present = await this.store.loadDocuments(this.consumer(), ids);
    const key = `writers/${this.consumer()}`;
    const version =
      (await this.store.readRecord(key))?.version ??
      (await this.store.writeRecord(key, 0, undefined));
    const [outcome] = await this.store.save([
      {
        collection: this.consumer(),
        documents: documents.map(({ id, document, at: place = 1, parkedSince }) => ({
          id,
          document,
          position: at(place),
          loadedAt: present.get(id)?.position,
          ...(parkedSince !== undefined && { parkedSince: at(parkedSince) }),
        })),
        put: [],
        remove: [],
        segment: { key, version: version ?? 0, value: 0 },
      },
    ]);
    if (outcome?.kind !== 'saved') throw new Error(`Not saved: ${outcome?.kind}`);
  }

  async pause(): Promise<void> {
    await this.write(`controls/${this.name}`, { paused: true, at: '2026-01-01T00:00:00Z' });
  }

  async write(key: string, value: Json): Promise<void> {
    const version = (await this.store.readRecord(key))?.version;
    if ((await this.store.writeRecord(key, value, version)) === undefined)
      throw new Error(`'${key}' does not stand at ${version}.`);
  }
}
