import { AggregateRepository, CommandInvalidError } from '@everfold/core';
import { InjectAggregate } from '@everfold/nestjs';
import {
  BadRequestException,
  Body,
  Controller,
  Get,
  NotFoundException,
  Param,
  Post,
  Put,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AddTask } from './add-task';
import { FinishTask } from './finish-task';
import { Task } from './task';

@Controller('tasks')
export class TasksController {
  constructor(
    private readonly commands: CommandBus,
    @InjectAggregate(Task) private readonly tasks: AggregateRepository<Task>,
  ) {}

  @Put(':id')
  async add(@Param('id') id: string, @Body() body: { title: string }) {
    const { revision } = await this.commands.execute(new AddTask(id, body.title)).catch(refuse);
    return { revision };
  }

  @Post(':id/finish')
  async finish(@Param('id') id: string) {
    const { revision } = await this.commands.execute(new FinishTask(id));
    return { revision };
  }

  @Get(':id')
  async get(@Param('id') id: string) {
    const found = await this.tasks.find(id);
    if (found === undefined) throw new NotFoundException();
    const { title, done } = found.state;
    return { title, done };
  }
}

function refuse(error: unknown): never {
  throw error instanceof CommandInvalidError ? new BadRequestException(error.message) : error;
}
