import type { EventStore, MessageContext, StoreFactory } from '@everfold/core';
import type { MessageOptions } from '../messages/message-options.js';

/** What {@link EverfoldModule.forRoot} takes. */
export interface EverfoldModuleOptions {
  /**
   * Where events are kept: `embedded({ folder })`, `memory()`, … It is opened when the application initialises, before any other
   * module's `onModuleInit`, and closed when it shuts down, after the last request was answered.
   */
  readonly eventStore: StoreFactory<EventStore>;
  /**
   * Takes a snapshot of an aggregate each so many events, so that long streams need not be read from their beginning; kept by
   * the event store. States must then be JSON. Default: none; every load reads the whole stream.
   */
  readonly snapshots?: { readonly every: number } | undefined;
  /**
   * Keeps so many aggregates of each kind in memory, those used last, so that updating one of them reads nothing. Default:
   * none; every call reads.
   */
  readonly cache?: { readonly maxAggregates: number } | undefined;
  /**
   * Lets changes of one aggregate wait for each other within this process instead of racing. Worth it where many write to one
   * aggregate at once; a change that awaits another change of the same aggregate then waits for ever. Default false.
   */
  readonly oneAtATime?: boolean | undefined;
  /** How commands and queries are handled. */
  readonly commands?: MessageOptions | undefined;
  /**
   * Hands committed events to Nest's `EventBus`, in the process that committed them, **at most once**: when the process ends
   * between the commit and the handler, or the handler throws, the event is not handed out again. Default false: `@EventsHandler`
   * and `@Saga` see nothing of what aggregates raise.
   */
  readonly publishToEventBus?: boolean | undefined;
  /**
   * How long shutting down may take, in milliseconds: for requests and commands in flight to end, then for the store to close.
   * What has not ended by then is cut off, and said in the log. Default 10,000.
   */
  readonly shutdownTimeoutMs?: number | undefined;
  /**
   * Reads from an HTTP request who and what leads to the work done for it. Called before guards; and again before the handler
   * where a guard has set `request.user`: what it gives then replaces what it gave first, but for the correlation id. What it
   * throws is the answer. Default: {@link httpContext}.
   *
   * @param request - As the HTTP platform has it: Express's or Fastify's, before guards possibly Node's own.
   */
  readonly context?: ((request: unknown) => MessageContext) | undefined;
}

/** Makes the options, for `forRootAsync({ useClass })` and `useExisting`. */
export interface EverfoldOptionsFactory {
  createEverfoldOptions(): Promise<EverfoldModuleOptions> | EverfoldModuleOptions;
}

/** Injection token of the {@link EverfoldModuleOptions}, as given. */
export const EVERFOLD_OPTIONS = Symbol.for('everfold.nestjs.options');

const DEFAULT_SHUTDOWN_TIMEOUT_MS = 10_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const KNOWN: ReadonlySet<string> = new Set<keyof EverfoldModuleOptions | 'isGlobal'>([
  'eventStore',
  'snapshots',
  'cache',
  'oneAtATime',
  'commands',
  'publishToEventBus',
  'shutdownTimeoutMs',
  'context',
  'isGlobal',
]);

/** @internal @throws TypeError that says what to write instead. */
export function assertOptions(options: EverfoldModuleOptions | undefined): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('EverfoldModule needs options: { eventStore: embedded({ folder }) }.');
  for (const name of Object.keys(options))
    if (!KNOWN.has(name))
      throw new TypeError(
        `EverfoldModule has no option '${name}'. It has ${[...KNOWN].join(', ')}.`,
      );
  const { eventStore, shutdownTimeoutMs } = options;
  const factory = eventStore as { readonly open?: unknown } | undefined;
  if (typeof factory?.open !== 'function')
    throw new TypeError(
      'EverfoldModule: eventStore must be a factory that opens a store, such as embedded({ folder }) or memory(), not an open store.',
    );
  if (shutdownTimeoutMs !== undefined && !isTimeout(shutdownTimeoutMs))
    throw new TypeError(
      `EverfoldModule: shutdownTimeoutMs must be from 0 to ${LONGEST_TIMER_MS}, not ${String(shutdownTimeoutMs)}.`,
    );
}

function isTimeout(value: number): boolean {
  return typeof value === 'number' && value >= 0 && value <= LONGEST_TIMER_MS;
}

/** @internal */
export function shutdownTimeoutOf({ shutdownTimeoutMs }: EverfoldModuleOptions): number {
  return shutdownTimeoutMs ?? DEFAULT_SHUTDOWN_TIMEOUT_MS;
}
