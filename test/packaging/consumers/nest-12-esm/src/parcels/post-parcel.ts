import { AggregateRepository, CommandType, type Committed } from '@everfold/core';
import { InjectAggregate } from '@everfold/nestjs';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IsString, Length } from 'class-validator';
import { Parcel } from './parcel.js';

@CommandType('parcel.post')
export class PostParcel extends Command<Committed<Parcel>> {
  readonly parcelId: string;
  @IsString() @Length(1, 100) readonly to: string;

  constructor(parcelId: string, to: string) {
    super();
    this.parcelId = parcelId;
    this.to = to;
  }
}

@CommandHandler(PostParcel)
export class PostParcelHandler implements ICommandHandler<PostParcel> {
  constructor(@InjectAggregate(Parcel) private readonly parcels: AggregateRepository<Parcel>) {}

  execute({ parcelId, to }: PostParcel) {
    return this.parcels.create(parcelId, (parcel) => parcel.post(to));
  }
}
