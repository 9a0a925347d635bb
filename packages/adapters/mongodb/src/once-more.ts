import { isDuplicate } from './failures.js';

/**
 * Runs an upsert. Two that find nothing both insert, and one of them meets the other at its id: asked again, it finds that one.
 */
export async function onceMore<T>(upsert: () => Promise<T>): Promise<T> {
  try {
    return await upsert();
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return await upsert();
  }
}
