import type { EventStore, StoreFactory } from '@everfold/core';
import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule, cqrsAggregate } from '../../../src/cqrs/index.js';
import { EverfoldModule, getAggregateToken } from '../../../src/index.js';
import { CreateHeroHandler, KillDragonHandler } from './command-handlers.js';
import { DragonKilled, HeroAppeared } from './events.js';
import { DragonKilledHandler, Fame, GetFameHandler, HeroAppearedHandler } from './fame.js';
import { Hero } from './hero.js';
import { Heroes } from './heroes.js';
import { HeroesController } from './heroes-controller.js';

const HERO = cqrsAggregate('hero', Hero, {
  events: { 'hero.appeared': HeroAppeared, 'hero.dragon-killed': DragonKilled },
});

@Module({
  imports: [CqrsModule.forRoot(), EverfoldModule.forFeature([HERO])],
  controllers: [HeroesController],
  providers: [
    { provide: Heroes, useExisting: getAggregateToken(Hero) },
    Fame,
    CreateHeroHandler,
    KillDragonHandler,
    HeroAppearedHandler,
    DragonKilledHandler,
    GetFameHandler,
  ],
})
// biome-ignore lint/complexity/noStaticOnlyClass: a module of Nest
export class HeroesModule {
  static on(eventStore: StoreFactory<EventStore>): DynamicModule {
    return {
      module: HeroesModule,
      imports: [EverfoldModule.forRoot({ eventStore, publishToEventBus: true })],
    };
  }
}
