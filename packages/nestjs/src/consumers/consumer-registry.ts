import { type ConsumerFeature, definitionOf, type FeatureOf } from './consumer-feature.js';

/** @internal What follows the log in this application: each feature once, however many modules name it. */
export class ConsumerRegistry {
  readonly #features = new Map<object, ConsumerFeature>();

  /** @throws TypeError when another feature has its name. */
  add(feature: ConsumerFeature): void {
    const definition = definitionOf(feature);
    for (const other of this.#features.values())
      if (other.name === feature.name && definitionOf(other) !== definition)
        throw new TypeError(
          `Two consumers are called '${feature.name}': ${WHAT[other.kind]} and ${WHAT[feature.kind]}. What they have done is stored under ` +
            'their name: give each its own. (What is loaded twice counts twice: look for two copies of its file.)',
        );
    this.#features.set(feature.feature, feature);
  }

  has(feature: object): boolean {
    return this.#features.has(feature);
  }

  /** Everything of one kind. */
  all<K extends keyof FeatureOf>(kind: K): readonly FeatureOf[K][] {
    const ofKind = [...this.#features.values()].filter((each) => each.kind === kind);
    return ofKind.map(({ feature }) => feature as FeatureOf[K]);
  }

  /** The names of what is run by one process for all; live projections are none of it. */
  get names(): readonly string[] {
    return [...this.#features.values()]
      .filter(({ kind }) => kind !== 'live')
      .map(({ name }) => name);
  }
}

const WHAT: Readonly<Record<keyof FeatureOf, string>> = {
  projection: 'a projection',
  live: 'a live projection',
  reactor: 'a reactor',
  'reactor-class': 'a class with @Reactor',
};
