import { projection } from '@everfold/core';
import { TaskAdded, TaskDone } from './task';

export interface ListedTask {
  readonly id: string;
  readonly title: string;
  readonly done: boolean;
}

export const taskList = projection<ListedTask>('task-list', { version: 1, indexes: ['done'] })
  .start(TaskAdded, ({ title }, { documentId }) => ({ id: documentId, title, done: false }))
  .on(TaskDone, (task) => ({ ...task, done: true }));
