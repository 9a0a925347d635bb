import { AggregateRepository, CommandType, type Committed } from '@everfold/core';
import { InjectAggregate } from '@everfold/nestjs';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IsString, Length } from 'class-validator';
import { Task } from './task';

@CommandType('task.add')
export class AddTask extends Command<Committed<Task>> {
  readonly taskId: string;
  @IsString() @Length(1, 80) readonly title: string;

  constructor(taskId: string, title: string) {
    super();
    this.taskId = taskId;
    this.title = title;
  }
}

@CommandHandler(AddTask)
export class AddTaskHandler implements ICommandHandler<AddTask> {
  constructor(@InjectAggregate(Task) private readonly tasks: AggregateRepository<Task>) {}

  execute({ taskId, title }: AddTask) {
    return this.tasks.create(taskId, (task) => task.add(title));
  }
}
