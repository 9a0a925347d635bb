import { Injectable } from '@nestjs/common';
import {
  EventsHandler,
  type IEventHandler,
  type IQueryHandler,
  Query,
  QueryHandler,
} from '../../../src/cqrs/index.js';
import { DragonKilled, HeroAppeared } from './events.js';

/** How famous each hero is: a read model in memory. */
@Injectable()
export class Fame {
  readonly of = new Map<string, { readonly name: string; readonly kills: number }>();
}

@EventsHandler(HeroAppeared)
export class HeroAppearedHandler implements IEventHandler<HeroAppeared> {
  constructor(private readonly fame: Fame) {}

  handle({ heroId, name }: HeroAppeared): void {
    this.fame.of.set(heroId, { name, kills: 0 });
  }
}

@EventsHandler(DragonKilled)
export class DragonKilledHandler implements IEventHandler<DragonKilled> {
  constructor(private readonly fame: Fame) {}

  handle({ heroId }: DragonKilled): void {
    const { name = 'a stranger', kills = 0 } = this.fame.of.get(heroId) ?? {};
    this.fame.of.set(heroId, { name, kills: kills + 1 });
  }
}

export class GetFame extends Query<{ readonly name: string; readonly kills: number } | undefined> {
  constructor(readonly heroId: string) {
    super();
  }
}

@QueryHandler(GetFame)
export class GetFameHandler implements IQueryHandler<GetFame> {
  constructor(private readonly fame: Fame) {}

  async execute({ heroId }: GetFame) {
    return this.fame.of.get(heroId);
  }
}
