import type { ModulesContainer } from '@nestjs/core';
import { type AnyReactorClass, reactorClassOf } from './reactor-class.js';

/** What of Nest's record of a provider is looked at. */
interface Provider {
  readonly token: unknown;
  readonly metatype: unknown;
  readonly instance: unknown;
  readonly isSingleton: boolean;
}

/**
 * @internal Finds the one instance of a reactor's class.
 *
 * @throws TypeError when nobody provides it, several modules do, or there is an instance for each request.
 */
export function reactorInstance(modules: ModulesContainer, reactorClass: AnyReactorClass): object {
  const { name } = reactorClass;
  const found = providersOf(modules).filter(
    ({ token, metatype }) => token === reactorClass || metatype === reactorClass,
  );
  if (found.length === 0)
    throw new TypeError(
      `${name} is a reactor, and no module provides it: put it into the providers of the module that has what it injects.`,
    );
  if (found.some(({ isSingleton }) => !isSingleton))
    throw new TypeError(
      `${name} is a reactor, and depends on what is made for each request: there is no request when an event is handled.`,
    );
  const instances = new Set(found.map(({ instance }) => instance));
  const [instance] = instances;
  if (instances.size === 1 && typeof instance === 'object' && instance !== null) return instance;
  throw new TypeError(
    `${name} is a reactor, and ${instances.size} modules provide it: provide it in one of them, so that there is one of it.`,
  );
}

/**
 * @internal @throws TypeError when a class with `@Reactor` is provided and registered by nobody: it would never run, in silence.
 */
export function assertReactorsRegistered(
  modules: ModulesContainer,
  isRegistered: (reactorClass: object) => boolean,
): void {
  for (const { metatype } of providersOf(modules)) {
    if (reactorClassOf(metatype) === undefined) continue;
    const reactorClass = metatype as AnyReactorClass;
    if (isRegistered(reactorClass)) continue;
    const { name } = reactorClass;
    throw new TypeError(
      `${name} is a reactor that nobody runs: add EverfoldModule.forFeature([${name}]) to the imports of its module.`,
    );
  }
}

function providersOf(modules: ModulesContainer): readonly Provider[] {
  return [...modules.values()].flatMap(({ providers }) =>
    [...providers].map(([token, wrapper]) => ({
      token,
      metatype: wrapper.metatype as unknown,
      instance: wrapper.instance as unknown,
      isSingleton: wrapper.isDependencyTreeStatic() && !wrapper.isTransient,
    })),
  );
}
