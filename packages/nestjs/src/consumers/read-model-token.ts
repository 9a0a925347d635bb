import { isProjection } from '@everfold/core';
import { Inject } from '@nestjs/common';
import { assertFeature, nameOf } from '../module/feature.js';
import { processWide } from '../process-wide.js';
import { isLiveFeature } from './live.js';

/**
 * The injection token of a projection's read model, to override it in a test or to build other providers on it.
 *
 * @param projection - The projection, or what `live(projection)` returns.
 * @throws TypeError when there is none, as in a circular import.
 */
export function getReadModelToken(projection: { readonly name: string }): symbol {
  assertFeature(projection, 'A projection');
  if (!isProjection(projection) && !isLiveFeature(projection))
    throw new TypeError(
      `${nameOf(projection)} is no projection: make it with projection(name, { version }).`,
    );
  const known = tokens().get(projection);
  if (known !== undefined) return known;
  const called = isLiveFeature(projection) ? `live(${nameOf(projection)})` : nameOf(projection);
  // Nest shows the token when nobody provides it, so it says what is missing.
  const token = Symbol(`the read model of ${called}, from EverfoldModule.forFeature([${called}])`);
  tokens().set(projection, token);
  return token;
}

/**
 * Injects the read model of a projection: `@InjectReadModel(accountSummaries) summaries: ReadModel<AccountSummary>`. Its module
 * imports `EverfoldModule.forFeature([accountSummaries])`, or a module that exports it.
 *
 * @param projection - The projection, or what `live(projection)` returns.
 * @throws TypeError when there is none, as in a circular import.
 */
export function InjectReadModel(projection: {
  readonly name: string;
}): ParameterDecorator & PropertyDecorator {
  return Inject(getReadModelToken(projection));
}

function tokens(): WeakMap<object, symbol> {
  return processWide('read-model-tokens', () => new WeakMap<object, symbol>());
}
