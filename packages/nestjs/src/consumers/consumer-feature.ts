import { isProjection, isReactor, type Projection, type ReactorDefinition } from '@everfold/core';
import { isLiveFeature, type LiveFeature } from './live.js';
import { type AnyReactorClass, reactorClassOf } from './reactor-class.js';

/** @internal What follows the log, by its kind. */
export interface FeatureOf {
  readonly projection: Projection<object>;
  readonly live: LiveFeature;
  readonly reactor: ReactorDefinition;
  readonly 'reactor-class': AnyReactorClass;
}

/** @internal A feature that follows the log, and what it is. */
export type ConsumerFeature = {
  [K in keyof FeatureOf]: {
    readonly kind: K;
    readonly name: string;
    readonly feature: FeatureOf[K];
  };
}[keyof FeatureOf];

/** @internal What a feature is; `undefined` when it follows no log. */
export function consumerFeatureOf(feature: object): ConsumerFeature | undefined {
  const { name } = reactorClassOf(feature) ?? (feature as { readonly name: string });
  if (reactorClassOf(feature) !== undefined)
    return { kind: 'reactor-class', name, feature: feature as AnyReactorClass };
  if (isLiveFeature(feature)) return { kind: 'live', name, feature };
  if (isProjection(feature))
    return { kind: 'projection', name, feature: feature as Projection<object> };
  if (isReactor(feature)) return { kind: 'reactor', name, feature: feature as ReactorDefinition };
  return undefined;
}

/** @internal What has to be one and the same wherever its name is used. */
export function definitionOf({ kind, feature }: ConsumerFeature): object {
  return kind === 'live' ? feature.projection : feature;
}
