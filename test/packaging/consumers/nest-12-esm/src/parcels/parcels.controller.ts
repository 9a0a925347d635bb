import { Body, Controller, Get, NotFoundException, Param, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { GetParcel } from './get-parcel.js';
import { MoveParcel } from './move-parcel.js';
import { PostParcel } from './post-parcel.js';

@Controller('parcels')
export class ParcelsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post(':id')
  async post(@Param('id') id: string, @Body() body: { readonly to: string }) {
    const { revision } = await this.commands.execute(new PostParcel(id, body.to));
    return { revision };
  }

  @Post(':id/moves')
  async move(@Param('id') id: string, @Body() body: { readonly place: string }) {
    const { revision, repeated } = await this.commands.execute(new MoveParcel(id, body.place));
    return { revision, repeated };
  }

  @Get(':id')
  async get(@Param('id') id: string) {
    const parcel = await this.queries.execute(new GetParcel(id));
    if (parcel === undefined) throw new NotFoundException();
    return parcel;
  }
}
