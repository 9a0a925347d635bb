import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { CreateHero, KillDragon } from './commands.js';
import { GetFame } from './fame.js';

@Controller('heroes')
export class HeroesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post(':id')
  async create(@Param('id') id: string, @Body() { name }: { name: string }) {
    await this.commands.execute(new CreateHero(id, name));
  }

  @Post(':id/kills')
  async kill(@Param('id') id: string, @Body() { dragon }: { dragon: string }) {
    await this.commands.execute(new KillDragon(id, dragon));
  }

  @Get(':id')
  get(@Param('id') id: string) {
    return this.queries.execute(new GetFame(id));
  }
}
