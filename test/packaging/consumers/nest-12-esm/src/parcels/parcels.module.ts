import { EverfoldModule } from '@everfold/nestjs';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { GetParcelHandler } from './get-parcel.js';
import { MoveParcelHandler } from './move-parcel.js';
import { Parcel } from './parcel.js';
import { ParcelsController } from './parcels.controller.js';
import { PostParcelHandler } from './post-parcel.js';

@Module({
  imports: [CqrsModule, EverfoldModule.forFeature([Parcel])],
  providers: [PostParcelHandler, MoveParcelHandler, GetParcelHandler],
  controllers: [ParcelsController],
})
export class ParcelsModule {}
