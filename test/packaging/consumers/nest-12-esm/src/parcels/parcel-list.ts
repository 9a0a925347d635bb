import { projection } from '@everfold/core';
import { ParcelMoved, ParcelPosted } from './parcel.js';

export interface ListedParcel {
  readonly to: string;
  readonly place: string;
}

export const parcelList = projection<ListedParcel>('parcel-list', {
  version: 1,
  indexes: ['place'],
})
  .start(ParcelPosted, ({ to }) => ({ to, place: '' }))
  .on(ParcelMoved, (parcel, { place }) => ({ ...parcel, place }));
