import { EverfoldModule } from '@everfold/nestjs';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Arrivals } from './arrivals.js';
import { GetParcelHandler } from './get-parcel.js';
import { MoveParcelHandler } from './move-parcel.js';
import { Parcel } from './parcel.js';
import { parcelList } from './parcel-list.js';
import { ParcelsController } from './parcels.controller.js';
import { PostParcelHandler } from './post-parcel.js';

@Module({
  imports: [CqrsModule, EverfoldModule.forFeature([Parcel, parcelList, Arrivals])],
  providers: [PostParcelHandler, MoveParcelHandler, GetParcelHandler, Arrivals],
  controllers: [ParcelsController],
})
export class ParcelsModule {}
