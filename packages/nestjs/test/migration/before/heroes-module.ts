import { Injectable, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CreateHeroHandler, KillDragonHandler } from './command-handlers.js';
import { DragonKilledHandler, Fame, GetFameHandler, HeroAppearedHandler } from './fame.js';
import type { Hero } from './hero.js';
import { Heroes } from './heroes.js';
import { HeroesController } from './heroes-controller.js';

@Injectable()
class HeroesInMemory extends Heroes {
  private readonly heroes = new Map<string, Hero>();

  async find(id: string) {
    return this.heroes.get(id);
  }

  async save(hero: Hero) {
    this.heroes.set(hero.id, hero);
  }
}

@Module({
  imports: [CqrsModule.forRoot()],
  controllers: [HeroesController],
  providers: [
    { provide: Heroes, useClass: HeroesInMemory },
    Fame,
    CreateHeroHandler,
    KillDragonHandler,
    HeroAppearedHandler,
    DragonKilledHandler,
    GetFameHandler,
  ],
})
export class HeroesModule {}
