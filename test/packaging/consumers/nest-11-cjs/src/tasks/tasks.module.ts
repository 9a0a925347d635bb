import { EverfoldModule } from '@everfold/nestjs';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AddTaskHandler } from './add-task';
import { FinishTaskHandler } from './finish-task';
import { Task } from './task';
import { TasksController } from './tasks.controller';

@Module({
  imports: [CqrsModule, EverfoldModule.forFeature([Task])],
  controllers: [TasksController],
  providers: [AddTaskHandler, FinishTaskHandler],
})
export class TasksModule {}
