import { Event, encodeEvent, newEventId, projection, runConsumers } from '@everfold/core';
import { MemoryEventStore } from '@everfold/memory';
import { MongoReadModelStore } from '@everfold/mongodb';
import { type CommandStartedEvent, MongoClient } from 'mongodb';
import { describeWithMongo, type MongoServer } from '../../tools/servers/mongodb.mjs';

class Counted extends Event('commands.counted')<{ counter: string; amount: number }> {}

interface Count {
  readonly sum: number;
}

/** Of which a batch is to be; the driver hands out 101 documents at once where nobody says otherwise. */
const MANY = 400;
const COLLECTION = 'counts@1.1';
const RECORDS = 'everfold.records';
const WRITING = /^(?:insert|update|delete|findAndModify)$/;

const counts = projection<Count>('counts', {
  version: 1,
  indexes: ['sum'],
  batch: { maxEvents: 10 * MANY },
  initial: () => ({ sum: 0 }),
}).on(Counted, ({ sum }, { amount }) => ({ sum: sum + amount }), { id: ({ counter }) => counter });

/** A projection that runs, and what the server is asked for it. */
class Watched implements AsyncDisposable {
  readonly commands: CommandStartedEvent[] = [];
  /** Of each save. */
  readonly saves: { readonly segments: number; readonly documents: number }[] = [];
  readonly #events: MemoryEventStore;
  readonly #consumers: Awaited<ReturnType<typeof runConsumers>>;
  readonly #close: () => Promise<void>;

  static async start(
    { url }: MongoServer,
    database: string,
    { events = new MemoryEventStore(), said = '' } = {},
  ): Promise<Watched> {
    const client = new MongoClient(withOptions(url, said), { monitorCommands: true });
    const readModels = await MongoReadModelStore.open({ client, database });
    const consumers = await runConsumers({ eventStore: events, readModels, definitions: [counts] });
    return new Watched(client, readModels, events, consumers);
  }

  private constructor(
    client: MongoClient,
    readModels: MongoReadModelStore,
    events: MemoryEventStore,
    consumers: Awaited<ReturnType<typeof runConsumers>>,
  ) {
    this.#events = events;
    this.#consumers = consumers;
    client.on('commandStarted', (command) => this.commands.push(command));
    const save = readModels.save.bind(readModels);
    readModels.save = (parts) => {
      const documents = parts.reduce((sum, part) => sum + part.documents.length, 0);
      this.saves.push({ segments: parts.length, documents });
      return save(parts);
    };
    this.#close = async () => {
      await consumers[Symbol.asyncDispose]();
      await readModels[Symbol.asyncDispose]();
      await client.close();
    };
  }

  /** Has so many counters counted in one append, from the first one named, and waits until they are written. */
  async count(first: number, many: number): Promise<void> {
    const event = (index: number) => {
      const counted = new Counted({ counter: `counter-${first + index}`, amount: 1 });
      return encodeEvent(counted, { id: newEventId(), metadata: { correlationId: 'counted' } });
    };
    const others = Array.from({ length: many - 1 }, (_, index) => event(index + 1));
    await this.#events.append('counting-all', [event(0), ...others]);
    await this.#consumers.caughtUp();
  }

  forget(): void {
    this.commands.length = 0;
    this.saves.length = 0;
  }

  ofBatches(): readonly CommandStartedEvent[] {
    return this.commands.filter((command) => !isOfHeartbeat(command));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}

function withOptions(url: string, said: string): string {
  if (said === '') return url;
  const hasPath = /^mongodb(?:\+srv)?:\/\/[^/?]+\//.test(url);
  return `${url}${hasPath ? '' : '/'}${url.includes('?') ? '&' : '?'}${said}`;
}

/** What is asked while nothing happens: lists of records, reads of one, and writes of those that no segment's save writes. */
function isOfHeartbeat({ commandName, command }: CommandStartedEvent): boolean {
  if (commandName === 'getMore') return command['collection'] === RECORDS;
  if (command[commandName] !== RECORDS) return false;
  if (commandName === 'find') return command['filter']._id.$in === undefined;
  const updates: readonly { readonly u: { readonly $set?: { readonly write?: string } } }[] =
    command['updates'] ?? [];
  return updates.every(({ u }) => u.$set?.write === undefined);
}

function namesOf(commands: readonly CommandStartedEvent[]): readonly string[] {
  return commands.map(({ commandName, command }) => {
    return `${commandName} ${commandName === 'getMore' ? command['collection'] : command[commandName]}`;
  });
}

await describeWithMongo('What a server is asked for a batch', (mongo) => {
  it.each([
    ['begins documents', MANY, 'insert'],
    ['changes documents', 0, 'update'],
    ['begins some and changes others', MANY / 2, 'update'],
  ])(
    'that %s is one command to load, one for documents, one for records',
    async (_, first, write) => {
      const [database, events] = [mongo.database(), new MemoryEventStore()];
      const before = await Watched.start(mongo, database, { events });
      await before.count(0, MANY);
      await before[Symbol.asyncDispose]();
      // Another process, which has to load what it changes.
      await using watched = await Watched.start(mongo, database, { events });
      await watched.count(2 * MANY, MANY);
      watched.forget();

      await watched.count(first, MANY);

      expect(watched.saves).toEqual([{ segments: 8, documents: MANY }]);
      expect(namesOf(watched.ofBatches())).toEqual([
        `find ${COLLECTION}`,
        `${write} ${COLLECTION}`,
        `update ${RECORDS}`,
      ]);
    },
  );

  it('loads all documents of a batch at once', async () => {
    await using watched = await Watched.start(mongo, mongo.database());

    await watched.count(0, MANY);

    const load = watched.ofBatches().find(({ command }) => command['find'] === COLLECTION);
    expect(load?.command['filter']._id.$in).toHaveLength(MANY);
    expect(load?.command['batchSize']).toBeGreaterThan(MANY);
  });

  it('that changes what this process has just written is two commands', async () => {
    await using watched = await Watched.start(mongo, mongo.database());
    await watched.count(0, MANY);
    watched.forget();

    await watched.count(0, MANY);

    expect(namesOf(watched.ofBatches())).toEqual([`update ${COLLECTION}`, `update ${RECORDS}`]);
  });
});

await describeWithMongo('Whatever a URL says', (mongo) => {
  const said =
    'w=1&journal=false&readPreference=secondary&readConcernLevel=local&retryWrites=false';

  it('everything is written to the majority and its journal', async () => {
    await using watched = await Watched.start(mongo, mongo.database(), { said });

    await watched.count(0, MANY);

    const writes = watched.commands.filter(({ commandName }) => WRITING.test(commandName));
    const concerns = writes.map(({ command }) => JSON.stringify(command['writeConcern']));
    expect(new Set(concerns)).toEqual(new Set(['{"w":"majority","j":true}']));
  });

  it('everything is read from the primary, as the majority has it', async () => {
    await using watched = await Watched.start(mongo, mongo.database(), { said });

    await watched.count(0, MANY);

    const reads = watched.commands.filter(({ commandName }) => commandName === 'find');
    const modes = reads.map(({ command }) => command['$readPreference']?.mode ?? 'primary');
    const concerns = reads.map(({ command }) => command['readConcern']?.level);
    expect([new Set(modes), new Set(concerns)]).toEqual([
      new Set(['primary']),
      new Set(['majority']),
    ]);
  });
});
