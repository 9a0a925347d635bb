import { AggregateRepository } from '@everfold/core';
import { InjectAggregate } from '@everfold/nestjs';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Parcel } from './parcel.js';

export interface ParcelView {
  readonly to: string;
  readonly places: readonly string[];
  readonly revision: number;
}

export class GetParcel extends Query<ParcelView | undefined> {
  constructor(readonly parcelId: string) {
    super();
  }
}

@QueryHandler(GetParcel)
export class GetParcelHandler implements IQueryHandler<GetParcel> {
  constructor(@InjectAggregate(Parcel) private readonly parcels: AggregateRepository<Parcel>) {}

  async execute({ parcelId }: GetParcel): Promise<ParcelView | undefined> {
    const found = await this.parcels.find(parcelId);
    if (found === undefined) return undefined;
    const { to, places } = found.state;
    return { to, places, revision: found.revision };
  }
}
