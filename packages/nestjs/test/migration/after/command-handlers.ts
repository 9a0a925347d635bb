import { NotFoundException } from '@nestjs/common';
import { CommandHandler, EventPublisher, type ICommandHandler } from '../../../src/cqrs/index.js';
import { CreateHero, KillDragon } from './commands.js';
import { Hero } from './hero.js';
import { Heroes } from './heroes.js';

@CommandHandler(CreateHero)
export class CreateHeroHandler implements ICommandHandler<CreateHero> {
  constructor(
    private readonly heroes: Heroes,
    private readonly publisher: EventPublisher,
  ) {}

  async execute({ heroId, name }: CreateHero) {
    const hero = this.publisher.mergeObjectContext(new Hero(heroId));
    hero.appear(name);
    await this.heroes.save(hero);
    await hero.commit();
  }
}

@CommandHandler(KillDragon)
export class KillDragonHandler implements ICommandHandler<KillDragon> {
  constructor(
    private readonly heroes: Heroes,
    private readonly publisher: EventPublisher,
  ) {}

  async execute({ heroId, dragon }: KillDragon) {
    const found = await this.heroes.find(heroId);
    if (found === undefined) throw new NotFoundException(`There is no hero ${heroId}.`);
    const hero = this.publisher.mergeObjectContext(found);
    hero.kill(dragon);
    await hero.commit();
  }
}
