import { CommandInvalidError, CommandType, withContext } from '@everfold/core';
import { Injectable, Scope } from '@nestjs/common';
import {
  Command,
  CommandBus,
  CommandHandler,
  type ICommandHandler,
  Query,
  QueryBus,
  QueryHandler,
} from '@nestjs/cqrs';
import { IsInt } from 'class-validator';
import { closeAll, rootOf, start } from './support/applications.js';

@CommandType('scoped.count')
class Count extends Command<number> {
  constructor(readonly step: number) {
    super();
  }
}
class Look extends Query<number> {
  @IsInt() readonly at: unknown;
  constructor(at: unknown) {
    super();
    this.at = at;
  }
}

afterEach(closeAll);

describe('A request-scoped handler', () => {
  it('is made for each command, with what it needs', async () => {
    let made = 0;
    @Injectable({ scope: Scope.REQUEST })
    class Dependency {
      readonly number = ++made;
    }
    @CommandHandler(Count, { scope: Scope.REQUEST })
    class CountHandler implements ICommandHandler<Count> {
      constructor(private readonly dependency: Dependency) {}
      async execute() {
        return this.dependency.number;
      }
    }
    const app = await start({ imports: rootOf(), providers: [CountHandler, Dependency] });
    const commands = app.get(CommandBus);

    await expect(commands.execute(new Count(1))).resolves.toBe(1);
    await expect(
      withContext({ commandId: 'c-1' }, () => commands.execute(new Count(1))),
    ).resolves.toBe(2);
  });

  it('is validated like any other', async () => {
    @QueryHandler(Look, { scope: Scope.REQUEST })
    class ScopedLook {
      async execute() {
        return 1;
      }
    }
    const app = await start({ imports: rootOf(), providers: [ScopedLook] });

    await expect(app.get(QueryBus).execute(new Look('x'))).rejects.toThrow(CommandInvalidError);
    await expect(app.get(QueryBus).execute(new Look(1))).resolves.toBe(1);
  });
});
