import { AggregateRepository, CommandType, type Committed } from '@everfold/core';
import { InjectAggregate } from '@everfold/nestjs';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Parcel } from './parcel.js';

@CommandType('parcel.move')
export class MoveParcel extends Command<Committed<Parcel>> {
  constructor(
    readonly parcelId: string,
    readonly place: string,
  ) {
    super();
  }
}

@CommandHandler(MoveParcel)
export class MoveParcelHandler implements ICommandHandler<MoveParcel> {
  constructor(@InjectAggregate(Parcel) private readonly parcels: AggregateRepository<Parcel>) {}

  execute({ parcelId, place }: MoveParcel) {
    return this.parcels.update(parcelId, (parcel) => parcel.move(place));
  }
}
