import { AggregateRoot } from '@nestjs/cqrs';
import { DragonKilled, HeroAppeared } from './events.js';

export class Hero extends AggregateRoot {
  private readonly dragons: string[] = [];

  constructor(readonly id: string) {
    super();
  }

  appear(name: string): void {
    this.apply(new HeroAppeared(this.id, name));
  }

  kill(dragon: string): void {
    if (this.dragons.includes(dragon)) throw new Error(`${dragon} is dead already.`);
    this.apply(new DragonKilled(this.id, dragon));
  }

  protected onDragonKilled({ dragon }: DragonKilled): void {
    this.dragons.push(dragon);
  }
}
