import { isProjection, type Projection } from '@everfold/core';
import { processWide } from '../process-wide.js';

/** A projection that each process folds for itself, in memory: what {@link live} returns. */
export interface LiveFeature<D extends object = object> {
  readonly name: string;
  readonly projection: Projection<D>;
}

const LIVE = Symbol.for('everfold.nestjs.live');

/**
 * Says that a projection is kept in the memory of each process, folded from the beginning of the log at each start and stored
 * nowhere: `EverfoldModule.forFeature([live(openAccounts)])`, `@InjectReadModel(live(openAccounts))`. The same projection gives
 * the same value, so that it may be written in both places.
 *
 * @throws TypeError when it is given no projection, as in a circular import.
 */
export function live<D extends object>(projection: Projection<D>): LiveFeature<D> {
  if (!isProjection(projection))
    throw new TypeError(
      `live() takes a projection, not ${String(projection)}: make it with projection(name, { version }).`,
    );
  const known = features().get(projection);
  if (known !== undefined) return known as LiveFeature<D>;
  const feature: LiveFeature<D> = { name: projection.name, projection };
  Object.defineProperty(feature, LIVE, { value: true });
  features().set(projection, feature);
  return feature;
}

/** @internal */
export function isLiveFeature(value: object): value is LiveFeature {
  return LIVE in value;
}

function features(): WeakMap<object, object> {
  return processWide('live-features', () => new WeakMap<object, object>());
}
