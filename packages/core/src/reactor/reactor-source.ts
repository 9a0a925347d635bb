import type { ConsumerSource, SourceConsumer } from '../consumer/source.js';
import type { EventStore } from '../event-store/event-store.js';
import type { ReadModelStore } from '../projection/read-model-store.js';
import type { DefinedReactor } from './definition.js';
import { ReactorEngine } from './reactor-engine.js';
import { ensureReactor } from './reactor-record.js';

/** @internal A reactor, as the host runs it: one consumer, which no rebuild knows of. */
export class ReactorSource implements ConsumerSource {
  readonly kind = 'reactor';
  readonly isComplete = true;
  readonly name: string;
  readonly #definition: DefinedReactor;
  readonly #parts: { readonly eventStore: EventStore; readonly readModels: ReadModelStore };

  constructor(
    definition: DefinedReactor,
    parts: { readonly eventStore: EventStore; readonly readModels: ReadModelStore },
  ) {
    this.name = definition.name;
    this.#definition = definition;
    this.#parts = parts;
  }

  async prepare(): Promise<void> {
    await ensureReactor(this.#parts.readModels, this.#parts.eventStore, this.#definition);
  }

  heed(): Promise<readonly SourceConsumer[]> {
    const create: SourceConsumer['create'] = (parts) => new ReactorEngine(this.#definition, parts);
    return Promise.resolve([{ consumer: this.name, mayTake: true, create }]);
  }
}
