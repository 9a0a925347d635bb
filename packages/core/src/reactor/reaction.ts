import { setMaxListeners } from 'node:events';
import type { Backoff } from '../backoff.js';
import { backOff } from '../backoff.js';
import { withContext } from '../command/message-context.js';
import { decodeEvent } from '../event/codec.js';
import { EventVersionTooNewError } from '../event/errors.js';
import type { RecordedEvent } from '../event-store/event-store.js';
import { contextOfRecorded } from '../projection/fold.js';
import type { DefinedReactor, ReactorHandler } from './definition.js';
import { reactorKey } from './reactor-key.js';
import type { Slots } from './slots.js';

/** @internal What came of an event. `failed`: after as many attempts as it may have. */
export type Reacted =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: unknown; readonly attempts: number };

/** @internal What {@link Reactions} work with. */
export interface ReactionParts {
  readonly definition: DefinedReactor;
  readonly backoff: Backoff;
  /** Resolves when an attempt may begin: the consumer is not paused, and nobody can have taken this process for dead. */
  readonly mayBegin: (signal: AbortSignal) => Promise<void>;
  readonly slots: Slots;
  readonly retrying: (error: unknown, attempt: number) => void;
}

const DONE: Reacted = { kind: 'done' };

/** @internal Handles the events of a segment, each as often as it may be tried. */
export class Reactions {
  readonly #parts: ReactionParts;
  readonly #attempts = new Set<AbortController>();
  readonly #ended = new AbortController();

  constructor(parts: ReactionParts) {
    this.#parts = parts;
    // Each event that waits for its turn listens, and there may be a window of them; Node takes more than ten for a leak.
    setMaxListeners(Number.POSITIVE_INFINITY, this.#ended.signal);
  }

  /** How many attempts are under way. */
  get running(): number {
    return this.#attempts.size;
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Calls the attempts that are under way back; they do not count, and are made again unless everything was ended. */
  interrupt(reason: unknown): void {
    for (const attempt of this.#attempts) attempt.abort(reason);
  }

  /** Begins nothing more, and calls back what is under way. */
  end(reason: unknown): void {
    this.#ended.abort(reason);
    this.interrupt(reason);
  }

  /**
   * Handles an event.
   *
   * @throws {@link EventVersionTooNewError}; the reason of the signal when everything was ended before it was done.
   */
  async react(recorded: RecordedEvent): Promise<Reacted> {
    const { definition, backoff, retrying } = this.#parts;
    const handler = definition.handlers.get(recorded.type);
    if (handler === undefined) return DONE;
    const { signal } = this;
    for (let attempt = 1; ; attempt += 1) {
      const failure = await this.#attempt(handler, recorded, attempt);
      // What was done is done, even if it was called back meanwhile.
      if (failure === undefined) return DONE;
      signal.throwIfAborted();
      if (failure === INTERRUPTED) {
        attempt -= 1;
        continue;
      }
      const { error } = failure;
      if (error instanceof EventVersionTooNewError) throw error;
      if (attempt >= definition.maxAttempts) return { kind: 'failed', error, attempts: attempt };
      retrying(error, attempt);
      await backOff(attempt, backoff, signal);
    }
  }

  async #attempt(
    handler: ReactorHandler,
    recorded: RecordedEvent,
    attempt: number,
  ): Promise<Failure | typeof INTERRUPTED | undefined> {
    const { slots, mayBegin } = this.#parts;
    const { signal } = this;
    await mayBegin(signal);
    return await slots.run(async () => {
      await mayBegin(signal);
      const controller = new AbortController();
      this.#attempts.add(controller);
      try {
        await this.#handle(handler, recorded, { attempt, signal: controller.signal });
        return undefined;
      } catch (error) {
        return controller.signal.aborted ? INTERRUPTED : { error };
      } finally {
        this.#attempts.delete(controller);
      }
    }, signal);
  }

  async #handle(
    { handle, eventClass }: ReactorHandler,
    recorded: RecordedEvent,
    attempt: { readonly attempt: number; readonly signal: AbortSignal },
  ): Promise<void> {
    const event = decodeEvent(recorded, eventClass);
    const key = reactorKey(this.#parts.definition.name, recorded.id);
    const { correlationId, actor, tenant, traceparent } = recorded.metadata;
    const about = { correlationId, actor, tenant, traceparent };
    await withContext({ ...about, causationId: recorded.id, issuedAt: recorded.position }, () =>
      handle(event, { ...contextOfRecorded(recorded), key, ...attempt }),
    );
  }
}

interface Failure {
  readonly error: unknown;
}

const INTERRUPTED = Symbol('interrupted');
