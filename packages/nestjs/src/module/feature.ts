import type { Type } from '@nestjs/common';
import { Inject } from '@nestjs/common';
import { isCqrsAggregate } from '../cqrs/cqrs-aggregate.js';
import { processWide } from '../process-wide.js';

/**
 * What `forFeature` takes: an aggregate class, a fold made by `aggregate(…)`, or what `cqrsAggregate(…)` returns; a projection,
 * stored or `live(…)`; a reactor made by `reactor(…)`, or a class with `@Reactor`. Processes are not built yet.
 */
export type AnyFeature = Type<object> | { readonly category: string } | { readonly name: string };

/** An aggregate as {@link InjectAggregate} takes it: the class, or the fold. */
export type AnyAggregate = Type<object> | { readonly category: string };

function tokens(): WeakMap<object, symbol> {
  return processWide('aggregate-tokens', () => new WeakMap<object, symbol>());
}

/**
 * The injection token of an aggregate's repository, to override it in a test or to build other providers on it.
 *
 * @throws TypeError when there is no aggregate, as in a circular import.
 */
export function getAggregateToken(aggregate: AnyAggregate): symbol {
  assertFeature(aggregate, 'An aggregate');
  const key = identityOf(aggregate);
  const known = tokens().get(key);
  if (known !== undefined) return known;
  const name = nameOf(key);
  // Nest shows the token when nobody provides it, so it says what is missing.
  const token = Symbol(`the repository of ${name}, from EverfoldModule.forFeature([${name}])`);
  tokens().set(key, token);
  return token;
}

/** @internal What two features have in common that stand for one aggregate. */
export function identityOf(feature: object): object {
  return isCqrsAggregate(feature) ? feature.aggregate : feature;
}

/**
 * Injects the repository of an aggregate: `@InjectAggregate(Account) accounts: AggregateRepository<Account>`, or for a fold
 * `AggregateRepository<typeof account>`. Its module imports `EverfoldModule.forFeature([Account])`, or a module that exports it.
 *
 * @throws TypeError when there is no aggregate, as in a circular import.
 */
export function InjectAggregate(aggregate: AnyAggregate): ParameterDecorator & PropertyDecorator {
  return Inject(getAggregateToken(aggregate));
}

/** @internal @throws TypeError when it is no class and no object. */
export function assertFeature(feature: unknown, what: string): asserts feature is object {
  const isOne = typeof feature === 'function' || (typeof feature === 'object' && feature !== null);
  if (isOne) return;
  throw new TypeError(
    `${what} is ${String(feature)}. When two files import each other, one of them sees the other's exports too early: ` +
      'move what both need to a third file.',
  );
}

/** @internal What a feature is called in messages. */
export function nameOf(feature: object): string {
  if (typeof feature === 'function') return feature.name || 'a class without a name';
  const { category, name } = feature as { readonly category?: unknown; readonly name?: unknown };
  return `'${String(category ?? name)}'`;
}
