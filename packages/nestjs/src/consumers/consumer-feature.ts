import { isProjection, type Projection } from '@everfold/core';

/** @internal A feature that follows the log, by what it is. */
export interface ConsumerFeature {
  readonly kind: 'projection';
  readonly name: string;
  readonly feature: Projection<object>;
}

/** @internal What a feature is; `undefined` when it follows no log. */
export function consumerFeatureOf(feature: object): ConsumerFeature | undefined {
  if (!isProjection(feature)) return undefined;
  return { kind: 'projection', name: feature.name, feature: feature as Projection<object> };
}
