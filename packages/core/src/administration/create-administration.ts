import type { Administration, AdministrationOptions } from './administration.js';
import { listConsumers } from './consumer-list.js';
import { drop } from './generation-drop.js';
import { control, parkedEvents, request } from './operator-words.js';
import { partsOf } from './parts.js';
import { rebuild, rollback, switchTo } from './rebuild.js';
import { verify } from './verify.js';

/**
 * What operators do with projections and reactors. Asks the stores only when something is done, and leaves nothing running behind.
 *
 * @throws TypeError when an option is malformed, or the read models lie nowhere.
 */
export function createAdministration(options: AdministrationOptions): Administration {
  const parts = partsOf(options);
  return {
    list: () => listConsumers(parts),
    rebuild: (name, how = {}) => rebuild(parts, name, how),
    verify: (name, how = {}) => verify(parts, name, how),
    switch: (name, generation, how = {}) => switchTo(parts, name, generation, how),
    rollback: (name, how = {}) => rollback(parts, name, how),
    drop: (name, target, how = {}) => drop(parts, name, target, how),
    pause: (name) => control(parts, name, true),
    resume: (name) => control(parts, name, false),
    parked: (name) => parkedEvents(parts, name),
    retryParked: (name, documentId) => request(parts, 'retry', name, documentId),
    dropParked: (name, documentId) => request(parts, 'drop', name, documentId),
  };
}
