import { handlingCommand, isHandlingCommand } from './message-context.js';

/** A command on its way to its handler. */
export interface CommandMessage<C extends object = object> {
  readonly command: C;
  /**
   * Whether it is executed inside the handler of another command under the same command id: then it is a part of that one, and
   * neither numbered nor retried by itself.
   */
  readonly isNested: boolean;
}

/**
 * A step around the handling of every command: does something before and after `next`, or does not call it. `next` may be
 * called again to handle the command anew.
 */
export type CommandMiddleware = (
  message: CommandMessage,
  next: () => Promise<unknown>,
) => Promise<unknown>;

/** Handles commands through a fixed row of steps. Made by {@link commandPipeline}. */
export interface CommandPipeline {
  /**
   * Runs the steps and, inside the last of them, the handler. Each run of the handler counts its updates from 0, so that one
   * that is run again with the same command id repeats what it has done and goes on from there.
   *
   * @returns What the handler returns, unless a step returns something else.
   * @throws What the handler or a step throws.
   */
  execute<C extends object, R>(command: C, handler: (command: C) => R | Promise<R>): Promise<R>;
}

/**
 * Makes a pipeline of middleware, the first one outermost. A good order is `telemetry`, `authorisation`, `validation`,
 * `idempotency`, `retry`: what is refused is seen, and what is retried has its id.
 */
export function commandPipeline(...middleware: readonly CommandMiddleware[]): CommandPipeline {
  return {
    async execute<C extends object, R>(command: C, handler: (command: C) => R | Promise<R>) {
      const isNested = isHandlingCommand();
      const message: CommandMessage<C> = { command, isNested };
      const handle = async (): Promise<unknown> =>
        isNested ? handler(command) : handlingCommand(() => handler(command));
      const run = middleware.reduceRight<() => Promise<unknown>>(
        (next, step) => () => step(message, next),
        handle,
      );
      return (await run()) as R;
    },
  };
}
