import type { CommandPipeline } from '@everfold/core';
import { CommandBus, EventBus, QueryBus } from '@nestjs/cqrs';
import type { WorkInFlight } from '../shutdown/work.js';
import type { QueryPipeline } from './pipelines.js';

type Execute = (message: object, ...rest: unknown[]) => unknown;

interface Bus {
  execute: Execute;
}

/** @internal Which steps a bus gets. */
export interface Pipelines {
  readonly commands: CommandPipeline;
  readonly queries: QueryPipeline;
  readonly work: WorkInFlight;
}

const LED = Symbol.for('everfold.nestjs.led-bus');

/**
 * @internal Leads what a bus of `@nestjs/cqrs` executes through a pipeline, by its one public method. Every instance of the
 * application has to be led: a feature module that imports plain `CqrsModule` has buses of its own.
 */
export function leadBus(bus: object, kind: 'command' | 'query', pipelines: Pipelines): void {
  if (LED in bus) return;
  Object.defineProperty(bus, LED, { value: true });
  const { execute } = bus as Bus;
  const { commands, queries, work } = pipelines;
  const handle = (message: object, rest: unknown[]) => execute.call(bus, message, ...rest);
  (bus as Bus).execute =
    kind === 'command'
      ? (command, ...rest) =>
          work.handle(() => commands.execute(command, () => handle(command, rest)))
      : (query, ...rest) => work.handle(() => queries(query, async () => handle(query, rest)));
}

/** @internal */
export type BusKind = 'command' | 'query' | 'event';

/** @internal Which bus of `@nestjs/cqrs` a provider is. */
export function busKindOf(instance: unknown): BusKind | undefined {
  if (typeof instance !== 'object' || instance === null) return undefined;
  if (instance instanceof CommandBus) return 'command';
  if (instance instanceof QueryBus) return 'query';
  if (instance instanceof EventBus) return 'event';
  return kindByName(instance);
}

/** @internal Which bus of `@nestjs/cqrs` is provided under an injection token. */
export function kindOfToken(token: unknown): BusKind | undefined {
  if (token === CommandBus) return 'command';
  if (token === QueryBus) return 'query';
  return token === EventBus ? 'event' : undefined;
}

/** Of another copy of that package, when a lock file has installed two. */
function kindByName(instance: object): BusKind | undefined {
  if (!('subject$' in instance)) return undefined;
  let at = Reflect.getPrototypeOf(instance);
  while (at !== null) {
    const kind = KINDS.get(at.constructor.name);
    if (kind !== undefined) return kind;
    at = Reflect.getPrototypeOf(at);
  }
  return undefined;
}

const KINDS: ReadonlyMap<string, BusKind> = new Map([
  ['CommandBus', 'command'],
  ['QueryBus', 'query'],
  ['EventBus', 'event'],
]);
