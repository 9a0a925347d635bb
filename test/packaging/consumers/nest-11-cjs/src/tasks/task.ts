import { Aggregate, AggregateRoot, Event, On } from '@everfold/core';

export class TaskAdded extends Event('task.added')<{ title: string }> {}
export class TaskDone extends Event('task.done') {}

@Aggregate('task')
export class Task extends AggregateRoot {
  title = '';
  done = false;

  add(title: string): void {
    this.apply(new TaskAdded({ title }));
  }

  finish(): void {
    this.apply(new TaskDone());
  }

  @On(TaskAdded) protected onAdded({ title }: TaskAdded): void {
    this.title = title;
  }

  @On(TaskDone) protected onDone(): void {
    this.done = true;
  }
}
