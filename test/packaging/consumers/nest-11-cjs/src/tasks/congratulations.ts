import { On, type ReactorContext } from '@everfold/core';
import { Reactor } from '@everfold/nestjs';
import { AppService } from '../app.service';
import { TaskDone } from './task';

@Reactor('congratulations')
export class Congratulations {
  readonly said: string[] = [];

  constructor(private readonly service: AppService) {}

  @On(TaskDone) async done(_: TaskDone, { aggregateId }: ReactorContext): Promise<void> {
    this.said.push(`${this.service.getHello()} ${aggregateId} is done.`);
  }
}
