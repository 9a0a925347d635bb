import type { EventClass } from '../event/definition.js';
import { definitionOf } from '../event/definition.js';
import type { Position } from '../event-store/position.js';
import type { EventContext } from '../projection/context.js';
import { assertConsumerName, assertInteger } from '../projection/projection.js';
import type { DefinedReactor } from './definition.js';
import { attachReactor } from './definition.js';
import type { ReactorContext } from './reactor-context.js';

/**
 * What is done about events, at least once: a mail, a webhook, a command. Immutable: {@link on} returns a new reactor.
 *
 * Events of one stream (or of what `orderedBy` says) are handled in order, one after the other; others at the same time. After a
 * crash, and when a process takes work over, an event may be handled again, with the same `key`. Reactors are not part of
 * rebuilds: only {@link replayReactor} has events handled again.
 */
export interface ReactorDefinition {
  readonly name: string;
  /**
   * Says what is done about an event. It is done when the promise resolves; when it rejects, it is tried again.
   *
   * The handler runs in a message context with the event's correlation id and the event as the cause. An update of an aggregate in it
   * that is handed `{ commandId: key }` happens once, however often the event is handled.
   *
   * @throws TypeError when `event` is no event class, or is handled already.
   */
  on<X extends object>(
    event: EventClass<X>,
    handle: (event: X, context: ReactorContext) => Promise<void>,
  ): ReactorDefinition;
}

/** Options of {@link reactor}. */
export interface ReactorOptions {
  /**
   * Where it begins when it is first run; afterwards it goes on where it was, whatever is said here. `'start'` (default): with the
   * first event of the log, so that none is missed; a new reactor then acts on everything that ever happened. `'now'`: with what is
   * appended from its first run on; right for mails and the like. A position: behind that event.
   */
  readonly from?: 'start' | 'now' | Position | undefined;
  /** Pure. Events with equal answers are handled in order, one after the other. Default: the stream. At most 1,000 bytes of UTF-8. */
  readonly orderedBy?: ((event: object, context: EventContext) => string) | undefined;
  /**
   * What becomes of an event that still fails after `maxAttempts`: `'stop'` (default) stops its segment loudly, `'park'` sets it and
   * what comes behind it in the same order aside, and goes on with everything else.
   */
  readonly onFailure?: 'stop' | 'park' | undefined;
  /** How often a failing event is tried, with growing pauses, 1–100. Default 10: some ten seconds with the default pauses. */
  readonly maxAttempts?: number | undefined;
  /** Into how many parts the work is divided, 1–64, and so how many processes can share it; fixed when it is first run. Default 8. */
  readonly segments?: number | undefined;
  /** How many events a process handles at the same time, 1–1,000. Default 16. */
  readonly concurrency?: number | undefined;
}

/**
 * Begins a reactor: `reactor('welcome-mail', { from: 'now' }).on(AccountOpened, async (event, { key, signal }) => …)`.
 *
 * @param name - A letter, then letters, digits, `_`, `.` or `-`, at most 100 characters. It is stored, and part of every `key`.
 * @throws TypeError when the name or an option is malformed.
 */
export function reactor(name: string, options: ReactorOptions = {}): ReactorDefinition {
  return reactorOf(definedBy(name, options));
}

/** @internal @throws TypeError when the name or an option is malformed. */
export function definedBy(name: string, options: ReactorOptions): DefinedReactor {
  assertConsumerName(name, 'reactor');
  const { from = 'start', orderedBy, onFailure = 'stop', maxAttempts = 10 } = options;
  const { segments = 8, concurrency = 16 } = options;
  if (typeof from !== 'string' || from === '')
    throw new TypeError(`from must be 'start', 'now' or a position, not ${JSON.stringify(from)}.`);
  if (orderedBy !== undefined && typeof orderedBy !== 'function')
    throw new TypeError('orderedBy must be a function that returns what events are ordered by.');
  if (onFailure !== 'stop' && onFailure !== 'park')
    throw new TypeError(`onFailure must be 'stop' or 'park', not ${String(onFailure)}.`);
  assertInteger('maxAttempts', maxAttempts, 1, 100);
  assertInteger('segments', segments, 1, 64);
  assertInteger('concurrency', concurrency, 1, 1_000);
  const handlers = new Map();
  return { name, from, orderedBy, onFailure, maxAttempts, segments, concurrency, handlers };
}

/** @internal What users hold of a definition. */
export function reactorOf(definition: DefinedReactor): ReactorDefinition {
  const built: ReactorDefinition = {
    name: definition.name,
    on: (event, handle) => {
      if (typeof handle !== 'function')
        throw new TypeError(`'${definitionOf(event).type}' needs a handler: a function.`);
      const handler = handle as unknown as (event: object, context: ReactorContext) => unknown;
      return reactorOf(withReaction(definition, event, handler));
    },
  };
  return attachReactor(built, definition);
}

/** @internal @throws TypeError when `event` is no event class, or is handled already. */
export function withReaction(
  definition: DefinedReactor,
  eventClass: EventClass,
  handle: (event: object, context: ReactorContext) => unknown,
): DefinedReactor {
  const { type, version, aliases } = definitionOf(eventClass);
  const handlers = new Map(definition.handlers);
  for (const name of new Set([type, ...aliases])) {
    if (handlers.has(name))
      throw new TypeError(`Reactor '${definition.name}' handles '${name}' twice.`);
    handlers.set(name, { eventClass, version, handle });
  }
  return { ...definition, handlers };
}
