import type { Json } from '../../event/json.js';
import type {
  DocumentWrite,
  ReadModelStore,
  SaveOutcome,
  SegmentSave,
} from '../../projection/read-model-store.js';

/** What a segment writes beside its documents. */
export type Beside = Partial<Pick<SegmentSave, 'put' | 'remove'>>;

interface Place {
  readonly key: string;
  readonly version: number;
  readonly collection: string | undefined;
}

/** A segment as its owner sees it: it knows at which version its record stands. */
export class Segment {
  readonly key: string;
  readonly collection: string | undefined;
  version: number;

  constructor(
    readonly store: ReadModelStore,
    { key, version, collection }: Place,
  ) {
    this.key = key;
    this.version = version;
    this.collection = collection;
  }

  /** What it would save now. */
  readonly part = (
    documents: readonly DocumentWrite[],
    { put = [], remove = [] }: Beside = {},
    value: Json = { epoch: 1, after: this.version },
  ): SegmentSave => {
    const { key, version, collection } = this;
    const segment = { key, version, value };
    return {
      ...(collection === undefined ? {} : { collection }),
      documents,
      put,
      remove,
      segment,
    };
  };

  /** Saves, and takes note of the new version. */
  readonly save = async (
    documents: readonly DocumentWrite[],
    beside?: Beside,
  ): Promise<SaveOutcome> => {
    const [outcome] = await this.store.save([this.part(documents, beside)]);
    if (outcome === undefined) throw new Error('A save of one part came to no outcome.');
    if (outcome.kind === 'saved') this.version = outcome.version;
    return outcome;
  };

  /** Saves what must be saved. */
  readonly saved = async (documents: readonly DocumentWrite[], beside?: Beside): Promise<void> => {
    const outcome = await this.save(documents, beside);
    if (outcome.kind !== 'saved') throw new Error(`Not saved: ${JSON.stringify(outcome)}`);
  };

  /** The same segment in the eyes of another store, or of an owner who does not know that it went on. */
  readonly asSeenBy = (store: ReadModelStore): Segment => new Segment(store, this);
}
