import { EverfoldModule, live } from '@everfold/nestjs';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AppService } from '../app.service';
import { AddTaskHandler } from './add-task';
import { Congratulations } from './congratulations';
import { FinishTaskHandler } from './finish-task';
import { Task } from './task';
import { taskList } from './task-list';
import { TasksController } from './tasks.controller';

@Module({
  imports: [
    CqrsModule,
    EverfoldModule.forFeature([Task, taskList, live(taskList), Congratulations]),
  ],
  controllers: [TasksController],
  providers: [AddTaskHandler, FinishTaskHandler, Congratulations, AppService],
})
export class TasksModule {}
