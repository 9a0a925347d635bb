import { Command } from '@nestjs/cqrs';

export class CreateHero extends Command<void> {
  constructor(
    readonly heroId: string,
    readonly name: string,
  ) {
    super();
  }
}

export class KillDragon extends Command<void> {
  constructor(
    readonly heroId: string,
    readonly dragon: string,
  ) {
    super();
  }
}
