import {
  type ConsumerReport,
  type Consumers,
  Event,
  type EventStore,
  encodeEvent,
  newEventId,
  type Position,
  type ReactorContext,
  type ReactorDefinition,
  type ReactorOptions,
  type ReadModelStore,
  type RunConsumersOptions,
  reactor,
  runConsumers,
} from '@everfold/core';
import { MemoryEventStore, MemoryReadModelStore } from '@everfold/memory';

export class Noted extends Event('reactors.noted')<{ text: string }> {}
export class Ignored extends Event('reactors.ignored') {}

/** One call of a handler. */
export interface Reaction {
  readonly text: string;
  readonly stream: string;
  readonly context: ReactorContext;
}

/** Two stores, and whatever runs on them. */
export class Stage {
  readonly eventStore: EventStore = new MemoryEventStore();
  readonly readModels: ReadModelStore;
  readonly reports: ConsumerReport[] = [];
  readonly #running: Consumers[] = [];

  constructor(commit: ReadModelStore['commit'] = 'atomic') {
    this.readModels = new MemoryReadModelStore({ commit });
  }

  /** Appends an event with each of these texts to a stream. */
  async note(stream: string, ...texts: readonly string[]): Promise<Position> {
    let position = '' as Position;
    for (const text of texts) ({ position } = await this.append(stream, new Noted({ text })));
    return position;
  }

  async append(stream: string, event: object) {
    const written = encodeEvent(event, {
      id: newEventId(),
      metadata: { correlationId: `correlation of ${stream}` },
    });
    return await this.eventStore.append(stream, [written]);
  }

  async run(
    definitions: ReactorDefinition | readonly { readonly name: string }[],
    options: Partial<RunConsumersOptions> = {},
  ): Promise<Consumers> {
    const { eventStore, readModels } = this;
    const consumers = await runConsumers({
      eventStore,
      readModels,
      definitions: 'on' in definitions ? [definitions] : definitions,
      leases: { heartbeatMs: 20, timeToLiveMs: 400 },
      retry: { baseMs: 1, maxMs: 5 },
      report: (report) => this.reports.push(report),
      ...options,
    });
    this.#running.push(consumers);
    return consumers;
  }

  /** Pauses a reactor, or lets it go on, as an operator does. */
  async hold(name: string, paused: boolean): Promise<void> {
    const key = `controls/${name}`;
    const stored = await this.readModels.readRecord(key);
    const value = { paused, at: new Date(0).toISOString() };
    await this.readModels.writeRecord(key, value, stored?.version);
  }

  /** What was reported of a kind. */
  told<K extends ConsumerReport['kind']>(kind: K) {
    return this.reports.filter(
      (report): report is Extract<ConsumerReport, { kind: K }> => report.kind === kind,
    );
  }

  async end(): Promise<void> {
    await Promise.all(this.#running.splice(0).map((consumers) => consumers[Symbol.asyncDispose]()));
    await this.eventStore[Symbol.asyncDispose]();
    await this.readModels[Symbol.asyncDispose]();
  }
}

/** A reactor that keeps what it was called with, and then does what it is told. */
export function keeping(
  name: string,
  options: ReactorOptions = {},
  act: (reaction: Reaction) => unknown = () => undefined,
) {
  const reactions: Reaction[] = [];
  const definition = reactor(name, options).on(Noted, async ({ text }, context) => {
    const reaction = { text, stream: context.stream, context };
    reactions.push(reaction);
    await act(reaction);
  });
  const texts = (stream?: string): string[] =>
    reactions.filter((it) => stream === undefined || it.stream === stream).map(({ text }) => text);
  return { definition, reactions, texts };
}
