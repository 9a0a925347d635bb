import type { Administration, AdministrationOptions } from '@everfold/core';
import * as core from '@everfold/core';
import { refusal } from '../failure.js';

interface MayAdministrate {
  readonly createAdministration?: (options: AdministrationOptions) => Administration;
}

/** Core's own, where this version of it has one. */
export function createAdministration(options: AdministrationOptions): Administration {
  const { createAdministration: create } = core as MayAdministrate;
  if (create === undefined)
    throw refusal('This version of @everfold/core cannot operate on read models: update it.');
  return create(options);
}
