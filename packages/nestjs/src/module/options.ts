import type {
  EventStore,
  LeaseOptions,
  MessageContext,
  ReadModelStore,
  RetryPolicy,
  StoreFactory,
} from '@everfold/core';
import type { MessageOptions } from '../messages/message-options.js';

/** What {@link EverfoldModule.forRoot} takes. */
export interface EverfoldModuleOptions {
  /**
   * Where events are kept: `embedded({ folder })`, `memory()`, … It is opened when the application initialises, before any other
   * module's `onModuleInit`, and closed when it shuts down, after the last request was answered.
   */
  readonly eventStore: StoreFactory<EventStore>;
  /**
   * Where the documents of projections are kept, and how far projections and reactors are: opened after the event store, closed
   * before it. Default: the event store, where it keeps read models too, as `embedded({ folder })` and `memory()` do; where it
   * does not, the application does not start once it has a projection or a reactor.
   */
  readonly readModels?: StoreFactory<ReadModelStore> | undefined;
  /**
   * Which projections and reactors this process runs, by name. `'none'`: others run them, and this process reads what they
   * have done. Live projections are run in any case. Default `'all'`; processes that run the same share the work.
   */
  readonly consumers?: 'all' | 'none' | readonly string[] | undefined;
  /** How processes share the work of consumers. Default: a heartbeat each 500 ms; a silent process is replaced after 3 s. */
  readonly leases?: LeaseOptions | undefined;
  /**
   * How long consumers pause before they try again what failed, an event or a store. Default: from 100 ms, doubled each time, up
   * to 5 s.
   */
  readonly retry?: RetryPolicy | undefined;
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
   * How long shutting down may take, in milliseconds: for requests and commands in flight to end, then consumers, then for the
   * stores to close.
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
  /** Called once, as the application is made. What it throws or rejects with ends the start. */
  createEverfoldOptions(): Promise<EverfoldModuleOptions> | EverfoldModuleOptions;
}

/** Injection token of the {@link EverfoldModuleOptions}, as given. */
export const EVERFOLD_OPTIONS = Symbol.for('everfold.nestjs.options');

const DEFAULT_SHUTDOWN_TIMEOUT_MS = 10_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What an option may be, in words and as a test. */
interface Rule {
  readonly wanted: string;
  readonly holds: (value: unknown) => boolean;
}

const A_FUNCTION: Rule = { wanted: 'a function', holds: (value) => typeof value === 'function' };
const A_BOOLEAN: Rule = { wanted: 'true or false', holds: (value) => typeof value === 'boolean' };
const A_FACTORY: Rule = {
  wanted:
    'a factory that opens a store, such as embedded({ folder }) or memory(), not an open store',
  holds: (value) => typeof (value as { readonly open?: unknown } | null)?.open === 'function',
};
const A_TIMEOUT: Rule = {
  wanted: `milliseconds from 0 to ${LONGEST_TIMER_MS}`,
  holds: (value) => typeof value === 'number' && value >= 0 && value <= LONGEST_TIMER_MS,
};

const AN_OBJECT: Rule = {
  wanted: 'an object',
  holds: (value) => typeof value === 'object' && value !== null,
};
const WHICH_CONSUMERS: Rule = {
  wanted: "'all', 'none' or a list of names of projections and reactors",
  holds: (value) =>
    value === 'all' ||
    value === 'none' ||
    (Array.isArray(value) && value.every((name) => typeof name === 'string')),
};

const RULES: Readonly<Record<keyof EverfoldModuleOptions | 'isGlobal', Rule>> = {
  eventStore: A_FACTORY,
  readModels: A_FACTORY,
  consumers: WHICH_CONSUMERS,
  leases: AN_OBJECT,
  retry: AN_OBJECT,
  snapshots: holding('every', countFrom(1)),
  cache: holding('maxAggregates', countFrom(1)),
  oneAtATime: A_BOOLEAN,
  commands: AN_OBJECT,
  publishToEventBus: A_BOOLEAN,
  shutdownTimeoutMs: A_TIMEOUT,
  context: A_FUNCTION,
  isGlobal: A_BOOLEAN,
};

const A_NUMBER: Rule = { wanted: 'a number', holds: (value) => typeof value === 'number' };
const LEASE_RULES: Readonly<Record<keyof LeaseOptions, Rule>> = {
  heartbeatMs: A_NUMBER,
  timeToLiveMs: A_NUMBER,
  keepMarkersMs: A_NUMBER,
};
const RETRY_RULES: Readonly<Record<keyof RetryPolicy, Rule>> = {
  baseMs: A_NUMBER,
  maxMs: A_NUMBER,
};

const COMMAND_RULES: Readonly<Record<keyof MessageOptions, Rule>> = {
  validate: A_BOOLEAN,
  conflictRetries: countFrom(0),
  isRejection: A_FUNCTION,
  authorise: A_FUNCTION,
  report: A_FUNCTION,
};

/** @internal @throws TypeError that says what to write instead. */
export function assertOptions(options: unknown): asserts options is EverfoldModuleOptions {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('EverfoldModule needs options: { eventStore: embedded({ folder }) }.');
  const { eventStore, commands, leases, retry } = options as Partial<EverfoldModuleOptions>;
  if (eventStore === undefined) throw broken('eventStore', A_FACTORY);
  assertEach(options, RULES, '');
  assertEach(commands ?? {}, COMMAND_RULES, 'commands.');
  assertEach(leases ?? {}, LEASE_RULES, 'leases.');
  assertEach(retry ?? {}, RETRY_RULES, 'retry.');
}

/** Names that are not known are refused: one that is misspelt would have no effect. */
function assertEach(given: object, rules: Readonly<Record<string, Rule>>, within: string): void {
  for (const [name, value] of Object.entries(given)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined)
      throw new TypeError(
        `EverfoldModule has no option '${within}${name}'. It has ${Object.keys(rules).join(', ')}.`,
      );
    if (value !== undefined && !rule.holds(value)) throw broken(`${within}${name}`, rule);
  }
}

function broken(name: string, { wanted }: Rule): TypeError {
  return new TypeError(`EverfoldModule: ${name} must be ${wanted}.`);
}

function countFrom(least: number): Rule {
  return {
    wanted: `a whole number from ${least}`,
    holds: (value) => Number.isSafeInteger(value) && Number(value) >= least,
  };
}

function holding(field: string, rule: Rule): Rule {
  return {
    wanted: `{ ${field}: ${rule.wanted} }`,
    holds: (value) =>
      typeof value === 'object' && value !== null && rule.holds(Reflect.get(value, field)),
  };
}

/** @internal */
export function shutdownTimeoutOf({ shutdownTimeoutMs }: EverfoldModuleOptions): number {
  return shutdownTimeoutMs ?? DEFAULT_SHUTDOWN_TIMEOUT_MS;
}
