import { CommandType, type EventStore } from '@everfold/core';
import { MemoryEventStore } from '@everfold/memory';
import {
  AggregateRoot,
  Command,
  CommandBus,
  CommandHandler,
  CommitRepository,
  cqrsAggregate,
  EventPublisher,
} from '../../src/cqrs/index.js';
import { EverfoldModule, getAggregateToken, InjectAggregate } from '../../src/index.js';
import { rootOf, start } from './applications.js';

export class Filled {
  constructor(readonly litres: number) {}
}
export class Emptied {
  constructor(readonly litres: number) {}
}

export class Tank extends AggregateRoot {
  level = 0;

  constructor(readonly id: string) {
    super();
  }
  fill(litres: number): void {
    this.apply(new Filled(litres));
  }
  empty(litres: number): void {
    if (litres > this.level) throw new Error('There is not so much in it.');
    this.apply(new Emptied(litres));
  }
  onFilled({ litres }: Filled): void {
    this.level += litres;
  }
  onEmptied({ litres }: Emptied): void {
    this.level -= litres;
  }
}

export const TANK = cqrsAggregate('tank', Tank, {
  events: { 'tank.filled': Filled, 'tank.emptied': Emptied },
});

@CommandType('tank.use')
export class UseTank extends Command<number> {
  constructor(
    readonly id: string,
    readonly litres: number,
  ) {
    super();
  }
}

@CommandHandler(UseTank)
export class UseTankHandler {
  runs = 0;
  /** Called between deciding and committing. */
  meanwhile: (run: number) => Promise<void> = async () => undefined;
  isHasty: boolean = false;

  constructor(@InjectAggregate(Tank) private readonly tanks: CommitRepository<Tank>) {}

  async execute({ id, litres }: UseTank) {
    this.runs += 1;
    const tank = await this.tanks.load(id);
    tank.empty(litres);
    await this.meanwhile(this.runs);
    const committed = tank.commit();
    if (!this.isHasty) await committed;
    return tank.level;
  }
}

@CommandType('tank.use-twice')
export class UseTwice extends Command<readonly number[]> {
  constructor(
    readonly id: string,
    readonly litres: number,
  ) {
    super();
  }
}

/** Loads and commits the same tank three times: itself, by another command, and itself again. */
@CommandHandler(UseTwice)
class UseTwiceHandler {
  constructor(
    @InjectAggregate(Tank) private readonly tanks: CommitRepository<Tank>,
    private readonly commands: CommandBus,
  ) {}

  async execute({ id, litres }: UseTwice) {
    const before = await this.tanks.load(id);
    before.empty(litres);
    await before.commit();
    const between = await this.commands.execute(new UseTank(id, litres));
    const after = await this.tanks.load(id);
    after.empty(litres);
    await after.commit();
    return [before.level, between, after.level];
  }
}

/** Opens a tank that is not there yet. */
@CommandType('tank.open')
export class OpenTank extends Command<void> {
  constructor(readonly id: string) {
    super();
  }
}

@CommandHandler(OpenTank)
class OpenTankHandler {
  constructor(@InjectAggregate(Tank) private readonly tanks: CommitRepository<Tank>) {}

  async execute({ id }: OpenTank) {
    if ((await this.tanks.find(id)) !== undefined) throw new Error('It is there already.');
    const tank = new Tank(id);
    tank.fill(1);
    await this.tanks.save(tank);
  }
}

/** Does what the spec says. */
@CommandType('tank.script')
export class Script extends Command<unknown> {
  constructor(readonly name: string) {
    super();
  }
}

export interface ScriptTools {
  readonly tanks: CommitRepository<Tank>;
  readonly commands: CommandBus;
}

@CommandHandler(Script)
class ScriptHandler {
  script: (tools: ScriptTools, run: number) => Promise<unknown> = async () => undefined;
  #runs = 0;

  constructor(
    @InjectAggregate(Tank) private readonly tanks: CommitRepository<Tank>,
    private readonly commands: CommandBus,
  ) {}

  execute() {
    this.#runs += 1;
    return this.script({ tanks: this.tanks, commands: this.commands }, this.#runs);
  }
}

export async function startTanks(store: EventStore = new MemoryEventStore()) {
  const app = await start({
    imports: [
      ...rootOf({ eventStore: { open: async () => store } }),
      EverfoldModule.forFeature([TANK]),
    ],
    providers: [UseTankHandler, UseTwiceHandler, OpenTankHandler, ScriptHandler],
  });
  return {
    app,
    tanks: app.get<CommitRepository<Tank>>(getAggregateToken(Tank)),
    publisher: app.get(EventPublisher),
    commands: app.get(CommandBus),
    handler: app.get(UseTankHandler),
    scripted: app.get(ScriptHandler),
  };
}

/** A tank with 100 litres. */
export async function fill({ tanks }: { tanks: CommitRepository<Tank> }, id = 'a'): Promise<void> {
  const tank = new Tank(id);
  tank.fill(100);
  await tanks.save(tank);
}
