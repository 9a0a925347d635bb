import { eventRegistry } from '@everfold/core';
import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { EventBus } from '@nestjs/cqrs';
import { type BusKind, busKindOf, kindOfToken } from '../messages/buses.js';
import { type Handler, handlerOf } from '../messages/handlers.js';

/** @internal What Everfold finds among the providers of an application. */
export interface Discovered {
  readonly handlers: readonly Handler[];
  readonly buses: ReadonlyMap<object, BusKind>;
  /** Of which kinds there are buses, those that a test has put in their place included. */
  readonly kinds: ReadonlySet<BusKind>;
  /** That of `CqrsModule.forRoot()`, else the first. Every bus calls every handler, so that one is enough. */
  readonly eventBus: EventBus | undefined;
}

/** @internal Looks through every module, however many have buses of their own. */
export function discover(modules: ModulesContainer): Discovered {
  const providers = [...modules.values()].flatMap(({ isGlobal, providers: own }) =>
    [...own].map(([token, { instance, metatype }]) => ({ isGlobal, token, instance, metatype })),
  );
  const handlers = providers.flatMap(
    ({ instance, metatype }) => handlerOf(metatype) ?? handlerOf(classOf(instance)) ?? [],
  );
  const buses = new Map<object, BusKind>();
  const kinds = new Set<BusKind>();
  let eventBus: EventBus | undefined;
  for (const { isGlobal, token, instance } of providers) {
    const kind = busKindOf(instance);
    const provided = kind ?? kindOfToken(token);
    if (provided !== undefined) kinds.add(provided);
    if (kind === undefined) continue;
    buses.set(instance as object, kind);
    if (kind === 'event' && (eventBus === undefined || isGlobal)) eventBus = instance as EventBus;
  }
  return { handlers, buses, kinds, eventBus };
}

/** @internal @throws TypeError when a module of this class is there more than once. */
export function assertOnce(modules: ModulesContainer, moduleClass: Type<unknown>): void {
  const found = [...modules.values()].filter(({ metatype }) => metatype === moduleClass);
  if (found.length > 1)
    throw new TypeError(
      `EverfoldModule.forRoot is imported ${found.length} times, with a store each. Import it once, in the root module: what it ` +
        'provides is there in every module.',
    );
}

/** @internal @throws TypeError when two event classes have one stored name: reading could make neither. */
export function assertEventTypesUnique(): void {
  const registry = eventRegistry();
  for (const { definition } of registry.all())
    for (const type of [definition.type, ...definition.aliases]) {
      const claims = registry.find(type);
      if (claims.length > 1)
        throw new TypeError(
          `The event type '${type}' is claimed by ${claims.map(({ eventClass }) => called(eventClass.name, type)).join(' and ')}. Give each ` +
            'class a name of its own: it is what is stored. (A class that is loaded twice counts twice: look for two copies of its file.)',
        );
    }
}

/** @internal @throws TypeError when there is a handler, and no bus that would call it. */
export function assertBuses({ handlers, kinds }: Discovered, publishToEventBus: boolean): void {
  for (const { kind, handlerClass } of handlers)
    if (!kinds.has(kind))
      throw new TypeError(
        `${handlerClass.name} handles a ${kind}, and the application has no ${kind} bus: import CqrsModule.forRoot().`,
      );
  if (publishToEventBus && !kinds.has('event'))
    throw new TypeError(
      'EverfoldModule: publishToEventBus needs an EventBus: import CqrsModule.forRoot().',
    );
}

/** A class of which nothing was made yet is known by its base only. */
function called(name: string, type: string): string {
  return name === 'EventBase' ? `a class that extends Event('${type}')` : name;
}

function classOf(instance: unknown): unknown {
  return typeof instance === 'object' && instance !== null ? instance.constructor : undefined;
}
