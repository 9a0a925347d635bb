import { CommandInvalidError, CommandType } from '@everfold/core';
import { memory } from '@everfold/memory';
import { Injectable, Module } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import {
  Command,
  CommandBus,
  CommandHandler,
  CqrsModule,
  Query,
  QueryBus,
  QueryHandler,
} from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import { IsInt } from 'class-validator';
import { EverfoldModule } from '../src/index.js';
import { DepositMoney, OpenAccount } from './support/account.js';
import { AccountsModule, closeAll, rootOf, start } from './support/applications.js';

@CommandType('every-bus.count')
class Count extends Command<number> {}

class Look extends Query<number> {
  @IsInt() readonly at: unknown;
  constructor(at: unknown) {
    super();
    this.at = at;
  }
}

@QueryHandler(Look)
class LookHandler {
  async execute() {
    return 1;
  }
}

afterEach(closeAll);

describe('Every bus', () => {
  it('is led through the pipeline, those of modules with plain CqrsModule too', async () => {
    @Injectable()
    class Feature {
      constructor(
        readonly commands: CommandBus,
        readonly queries: QueryBus,
      ) {}
    }
    @Module({ imports: [CqrsModule, AccountsModule], providers: [Feature], exports: [Feature] })
    class FeatureModule {}
    const app = await start({ imports: [...rootOf(), FeatureModule], providers: [LookHandler] });
    const { commands, queries } = app.get(Feature);
    const all = app.get(CommandBus, { each: true, strict: false }) as unknown as CommandBus[];

    await commands.execute(new OpenAccount('a', 'Ada'));

    expect(new Set(all).size).toBe(2);
    for (const bus of all)
      await expect(bus.execute(new DepositMoney('a', 0))).rejects.toThrow(CommandInvalidError);
    await expect(queries.execute(new Look('x'))).rejects.toThrow(CommandInvalidError);
    await expect(queries.execute(new Look(1))).resolves.toBe(1);
  });

  it('is led, also when its module is loaded later', async () => {
    @Module({ imports: [CqrsModule] })
    class Later {}
    const app = await start({
      imports: [EverfoldModule.forRoot({ eventStore: memory() }), AccountsModule, CqrsModule],
    });

    const loaded = await app.get(LazyModuleLoader).load(() => Later);
    const running = loaded.get(CommandBus, { strict: false }).execute(new Count());

    await expect(running).rejects.toThrow(/Count/);
  });

  it('may be another one in a test', async () => {
    const testing = await Test.createTestingModule({ imports: [...rootOf(), AccountsModule] })
      .overrideProvider(CommandBus)
      .useValue({ execute: async () => 'mocked', register: () => undefined })
      .compile();
    await testing.init();

    const result = await testing.get(CommandBus).execute(new Count());
    await testing.close();

    expect(result).toBe('mocked');
  });

  it('calls handlers of equal class names in two modules', async () => {
    const moduleOf = (answer: string) => {
      @CommandType(`buses.same.${answer}`)
      class Same extends Command<string> {}
      @CommandHandler(Same)
      class SameHandler {
        async execute() {
          return answer;
        }
      }
      @Module({ providers: [SameHandler] })
      class SameModule {}
      return { SameModule, Same };
    };
    const one = moduleOf('one');
    const two = moduleOf('two');

    const app = await start({ imports: [...rootOf(), one.SameModule, two.SameModule] });

    await expect(app.get(CommandBus).execute(new one.Same())).resolves.toBe('one');
    await expect(app.get(CommandBus).execute(new two.Same())).resolves.toBe('two');
  });
});
