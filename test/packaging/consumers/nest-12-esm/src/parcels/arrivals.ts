import { On } from '@everfold/core';
import { Reactor } from '@everfold/nestjs';
import { CommandBus } from '@nestjs/cqrs';
import { ParcelMoved } from './parcel.js';

@Reactor('arrivals')
export class Arrivals {
  readonly places: string[] = [];

  constructor(readonly commands: CommandBus) {}

  @On(ParcelMoved) async moved({ place }: ParcelMoved): Promise<void> {
    this.places.push(place);
  }
}
