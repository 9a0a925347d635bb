import { type CommandClass, commandClassOf, commandTypeOf } from '@everfold/core';
import type { Type } from '@nestjs/common';

/** What `@CommandHandler` leaves on a handler; part of what `@nestjs/cqrs` stores, and the same since its first versions. */
const COMMAND_HANDLER_METADATA = '__commandHandler__';
const QUERY_HANDLER_METADATA = '__queryHandler__';

/** @internal A class that handles commands or queries of one class. */
export interface Handler {
  readonly kind: 'command' | 'query';
  readonly handlerClass: Type<unknown>;
  readonly messageClass: CommandClass;
}

/** @internal What a provider's class handles; `undefined` when it is no handler. */
export function handlerOf(handlerClass: unknown): Handler | undefined {
  if (typeof handlerClass !== 'function') return undefined;
  for (const [kind, key] of KINDS) {
    const messageClass: unknown = Reflect.getMetadata(key, handlerClass);
    if (typeof messageClass === 'function')
      return {
        kind,
        handlerClass: handlerClass as Type<unknown>,
        messageClass: messageClass as CommandClass,
      };
  }
  return undefined;
}

const KINDS = [
  ['command', COMMAND_HANDLER_METADATA],
  ['query', QUERY_HANDLER_METADATA],
] as const;

/**
 * @internal @throws TypeError when two classes handle the same message: which of them would, is decided by the order of modules.
 */
export function assertOneHandlerEach(handlers: readonly Handler[]): void {
  const known = new Map<CommandClass, Type<unknown>>();
  for (const { kind, handlerClass, messageClass } of handlers) {
    const other = known.get(messageClass);
    if (other !== undefined && other !== handlerClass)
      throw new TypeError(
        `${other.name} and ${handlerClass.name} both handle the ${kind} ${messageClass.name}. Provide one of them only.`,
      );
    known.set(messageClass, handlerClass);
  }
}

/**
 * @internal @throws TypeError when two classes claim one `@CommandType`.
 * @returns The names of the command classes without a type.
 */
export function commandsWithoutType(handlers: readonly Handler[]): readonly string[] {
  const untyped = new Set<string>();
  for (const { kind, messageClass } of handlers) {
    if (kind !== 'command') continue;
    const type = typeOf(messageClass);
    if (type === undefined) untyped.add(messageClass.name);
    else commandClassOf(type);
  }
  return [...untyped];
}

function typeOf(commandClass: CommandClass): string | undefined {
  try {
    return commandTypeOf(commandClass);
  } catch {
    return undefined;
  }
}
