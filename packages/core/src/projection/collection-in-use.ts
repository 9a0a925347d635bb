import { modelOf } from '../consumer/models.js';
import { consumerOf, keys } from '../consumer/records.js';
import { projectionDefinition } from './definition.js';
import type { Projection } from './projection.js';
import type { ReadModelStore } from './read-model-store.js';

/**
 * The collection that holds the generation of a projection that is in use at this moment, for adapters that hand out what they have of
 * their own: a rebuild switches to another one, so it is asked for at each use and never kept.
 *
 * @returns The name as the kernel gives it to the store; before the projection first ran, that of its first generation.
 */
export async function collectionInUse<D extends object>(
  readModels: Pick<ReadModelStore, 'readRecord'>,
  projection: Projection<D>,
): Promise<string> {
  const { name, version } = projectionDefinition(projection);
  const stored = await readModels.readRecord(keys.model(name, version));
  return consumerOf(name, version, stored === undefined ? 1 : modelOf(stored).model.serving);
}
