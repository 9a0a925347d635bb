import { Aggregate, AggregateRoot, DomainError, Event, On } from '@everfold/core';

export class ParcelPosted extends Event('parcel.posted')<{ to: string }> {}
export class ParcelMoved extends Event('parcel.moved')<{ place: string }> {}

export class AlreadyThere extends DomainError {
  readonly code = 'already-there';
}

@Aggregate('parcel')
export class Parcel extends AggregateRoot {
  to = '';
  places: string[] = [];

  post(to: string): void {
    this.apply(new ParcelPosted({ to }));
  }

  move(place: string): void {
    if (this.places.at(-1) === place) throw new AlreadyThere(`It is at ${place} already.`);
    this.apply(new ParcelMoved({ place }));
  }

  @On(ParcelPosted) protected onPosted({ to }: ParcelPosted): void {
    this.to = to;
  }

  @On(ParcelMoved) protected onMoved({ place }: ParcelMoved): void {
    this.places.push(place);
  }
}
