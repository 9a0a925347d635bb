import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import {
  AggregateRepository,
  CommandType,
  type EventStore,
  StoreUnavailableError,
} from '@everfold/core';
import { MemoryEventStore, memory } from '@everfold/memory';
import { Controller, type DynamicModule, Get, type INestApplication, Post } from '@nestjs/common';
import { Command, CommandBus, CommandHandler, CqrsModule } from '@nestjs/cqrs';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import {
  EverfoldHealthIndicator,
  EverfoldModule,
  getAggregateToken,
  getEventStoreToken,
} from '../src/index.js';
import { EverfoldCoreModule } from '../src/module/everfold-core-module.js';
import { Account, OpenAccount } from './support/account.js';
import { AccountsModule, closeAll, rootOf, start } from './support/applications.js';

@CommandType('shutdown.wait')
class Wait extends Command<string> {}

/** Handles its command when the spec says so. */
class Gate {
  readonly #waiting: (() => void)[] = [];
  #onWaiting: (() => void) | undefined;
  pass(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#onWaiting?.();
    });
  }
  async someoneWaits(): Promise<void> {
    if (this.#waiting.length > 0) return;
    await new Promise<void>((resolve) => {
      this.#onWaiting = resolve;
    });
  }
  open(): void {
    for (const go of this.#waiting.splice(0)) go();
  }
}

@CommandHandler(Wait)
class WaitHandler {
  constructor(
    private readonly gate: Gate,
    private readonly commands: CommandBus,
  ) {}
  async execute() {
    await this.gate.pass();
    await this.commands.execute(new OpenAccount('late', 'Ada'));
    return 'done';
  }
}

@Controller()
class WaitController {
  constructor(private readonly commands: CommandBus) {}
  @Post('wait') wait() {
    return this.commands.execute(new Wait());
  }
  @Get('quick') quick() {
    return 'quick';
  }
}

function startWaiting(shutdownTimeoutMs = 10_000, eventStore = memory()) {
  return start({
    imports: [...rootOf({ shutdownTimeoutMs, eventStore }), AccountsModule],
    controllers: [WaitController],
    providers: [Gate, WaitHandler],
  });
}

function urlOf(app: INestApplication): string {
  return `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
}

let late: DynamicModule;

afterEach(closeAll);

describe('Shutting down', () => {
  it('lets a command in flight end, with all that belongs to it, and refuses others', async () => {
    const app = await startWaiting();
    const gate = app.get(Gate);
    const commands = app.get(CommandBus);
    const store = app.get<EventStore>(getEventStoreToken());
    const accounts = app.get<AggregateRepository<Account>>(getAggregateToken(Account));
    const running = commands.execute(new Wait());
    await gate.someoneWaits();

    const closing = app.close();
    const refused = await refusalOf(() => commands.execute(new OpenAccount('other', 'Bob')));
    const alsoRefused = await refusalOf(() => accounts.find('other'));
    gate.open();

    await expect(running).resolves.toBe('done');
    await closing;
    expect(refused).toBeInstanceOf(StoreUnavailableError);
    expect(alsoRefused).toBeInstanceOf(StoreUnavailableError);
    await expect(store.head()).rejects.toThrow(StoreUnavailableError);
  });

  it('answers a request in flight before the store closes, and takes no other connection', async () => {
    const app = await startWaiting();
    await app.listen(0, '127.0.0.1');
    const url = urlOf(app);
    const gate = app.get(Gate);
    const answer = fetch(`${url}/wait`, { method: 'POST' });
    await gate.someoneWaits();

    const closing = app.close();
    await refusedAt(url);
    gate.open();

    const { status, headers } = await answer;
    await closing;
    expect(status).toBe(201);
    expect(headers.get('connection')).toBe('close');
  });

  it('cuts off what takes longer than it may', async () => {
    const app = await startWaiting(200);
    await app.listen(0, '127.0.0.1');
    const answer = fetch(`${urlOf(app)}/wait`, { method: 'POST' }).then(
      () => 'answered',
      () => 'cut off',
    );
    await app.get(Gate).someoneWaits();

    await app.close();

    await expect(answer).resolves.toBe('cut off');
  });

  it('waits for no connection that is only kept alive', async () => {
    const app = await startWaiting(600_000);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    const client = connect(port, '127.0.0.1');
    client.write('GET /quick HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(client, 'data');

    await app.close();

    client.destroy();
  });
});

describe('A store that is opened too late', () => {
  it('is closed again', async () => {
    const store = new MemoryEventStore();
    let hand: (store: EventStore) => void = () => undefined;
    const asked = new Promise<void>((asking) => {
      const open = () => {
        asking();
        return new Promise<EventStore>((resolve) => {
          hand = resolve;
        });
      };
      late = EverfoldModule.forRoot({ eventStore: { open } });
    });
    const testing = await Test.createTestingModule({ imports: [late] }).compile();
    const starting = testing.init().then(
      () => 'started',
      (error: Error) => error.message,
    );
    await asked;
    // As Nest 11 does, which does not wait for the start.
    const core = testing.get(EverfoldCoreModule, { strict: false });
    core.onModuleDestroy();
    await core.onApplicationShutdown();

    hand(store);

    await expect(starting).resolves.toMatch(/was shut down while/);
    await expect(store.head()).rejects.toThrow(StoreUnavailableError);
  });
});

describe('EverfoldHealthIndicator', () => {
  @Controller('health')
  class HealthController {
    constructor(
      private readonly health: HealthCheckService,
      private readonly everfold: EverfoldHealthIndicator,
    ) {}
    @Get() @HealthCheck() check() {
      return this.health.check([() => this.everfold.isHealthy('store', { timeoutMs: 200 })]);
    }
  }

  /** A store that can be made to fail, or to be silent. */
  class MoodyStore extends MemoryEventStore {
    mood: 'well' | 'failing' | 'silent' = 'well';
    override async head() {
      if (this.mood === 'failing') throw new StoreUnavailableError('the disk is full');
      if (this.mood === 'silent') await new Promise<never>(() => undefined);
      return super.head();
    }
  }

  it('says through Terminus whether the store answers', async () => {
    const store = new MoodyStore();
    const app = await start({
      imports: [
        TerminusModule.forRoot({ logger: false }),
        CqrsModule.forRoot(),
        EverfoldModule.forRoot({ eventStore: { open: async () => store } }),
      ],
      controllers: [HealthController],
    });
    await app.listen(0, '127.0.0.1');
    const look = async () => {
      const answer = await fetch(`${urlOf(app)}/health`);
      return {
        status: answer.status,
        body: (await answer.json()) as { error: { store: { message: string } } },
      };
    };

    const well = await look();
    store.mood = 'failing';
    const failing = await look();
    store.mood = 'silent';
    const silent = await look();

    expect(well).toMatchObject({ status: 200, body: { info: { store: { status: 'up' } } } });
    expect(failing).toMatchObject({
      status: 503,
      body: { error: { store: { status: 'down', message: 'the disk is full' } } },
    });
    expect(silent.status).toBe(503);
    expect(silent.body.error.store.message).toMatch(/not answered within 200 ms/);
  });

  it('says that the application shuts down, and that it has not begun', async () => {
    const testing = await Test.createTestingModule({ imports: rootOf() }).compile();
    const everfold = testing.get(EverfoldHealthIndicator);

    const before = await everfold.isHealthy();
    await testing.init();
    const within = await everfold.isHealthy();
    await testing.close();
    const after = await everfold.isHealthy();

    expect(before.everfold).toMatchObject({ status: 'down' });
    expect(within).toEqual({ everfold: { status: 'up' } });
    expect(after.everfold).toEqual({ status: 'down', message: expect.stringMatching(/shutting/) });
  });
});

/** Waits until work is refused, and says with what. */
async function refusalOf(work: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    const refusal = await work().catch((error: unknown) => error);
    if (refusal instanceof StoreUnavailableError) return refusal;
    await new Promise(setImmediate);
  }
}

/** Waits until new connections are refused. */
async function refusedAt(url: string): Promise<void> {
  for (;;)
    try {
      await fetch(`${url}/quick`, { headers: { connection: 'close' } });
    } catch {
      return;
    }
}
