import type { ConsumerFeature } from './consumer-feature.js';

/** @internal What follows the log in this application: each feature once, however many modules name it. */
export class ConsumerRegistry {
  readonly #features = new Map<object, ConsumerFeature>();

  /** @throws TypeError when another feature has its name. */
  add(feature: ConsumerFeature): void {
    for (const other of this.#features.values())
      if (other.name === feature.name && other.feature !== feature.feature)
        throw new TypeError(
          `Two projections are called '${feature.name}'. What they have done is stored under their name: give each its own. (What is ` +
            'loaded twice counts twice: look for two copies of its file.)',
        );
    this.#features.set(feature.feature, feature);
  }

  has(feature: object): boolean {
    return this.#features.has(feature);
  }

  get projections(): readonly ConsumerFeature['feature'][] {
    return [...this.#features.values()].map(({ feature }) => feature);
  }

  get names(): readonly string[] {
    return [...this.#features.values()].map(({ name }) => name);
  }
}
