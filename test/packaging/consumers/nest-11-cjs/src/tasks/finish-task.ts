import { AggregateRepository, CommandType, type Committed } from '@everfold/core';
import { InjectAggregate } from '@everfold/nestjs';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Task } from './task';

@CommandType('task.finish')
export class FinishTask extends Command<Committed<Task>> {
  constructor(readonly taskId: string) {
    super();
  }
}

@CommandHandler(FinishTask)
export class FinishTaskHandler implements ICommandHandler<FinishTask> {
  constructor(@InjectAggregate(Task) private readonly tasks: AggregateRepository<Task>) {}

  execute({ taskId }: FinishTask) {
    return this.tasks.update(taskId, (task) => task.finish());
  }
}
