import {
  type ConfigurableModuleAsyncOptions,
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Module,
} from '@nestjs/common';
import { type ConsumerFeature, consumerFeatureOf } from '../consumers/consumer-feature.js';
import { getReadModelToken } from '../consumers/read-model-token.js';
import { EventPublisher } from '../cqrs/event-publisher.js';
import { EverfoldHealthIndicator } from '../health/everfold-health-indicator.js';
import { APPLICATION, EverfoldApplication } from './everfold-application.js';
import { EverfoldCoreModule } from './everfold-core-module.js';
import {
  type AnyAggregate,
  type AnyFeature,
  assertFeature,
  getAggregateToken,
  identityOf,
  nameOf,
} from './feature.js';
import { assertOptions, type EverfoldModuleOptions } from './options.js';

const EVENT_STORE = Symbol.for('everfold.nestjs.event-store');

/** Injects the application's {@link EventStore}; it is open from `onModuleInit` on. */
export function InjectEventStore(): ParameterDecorator & PropertyDecorator {
  return Inject(EVENT_STORE);
}

/** The injection token of the application's {@link EventStore}. */
export function getEventStoreToken(): symbol {
  return EVENT_STORE;
}

/** Whether what `forRoot` provides is there in every module without an import. Default true. */
interface Globality {
  readonly isGlobal?: boolean;
}

/**
 * Event sourcing for a Nest application: `forRoot` once, in the root module, and `forFeature` in each module that has aggregates,
 * projections or reactors.
 *
 * The stores are opened when the application initialises (`app.init()`, `app.listen()`) and closed when it shuts down
 * (`app.close()`, or a signal after `app.enableShutdownHooks()`). Projections and reactors run from `onApplicationBootstrap` on.
 * Shutting down answers the HTTP requests that have arrived, lets commands and queries in flight end, refuses others, lets
 * projections and reactors end, and closes the stores, within `shutdownTimeoutMs`.
 *
 * Commands and queries of every `CommandBus` and `QueryBus` of `@nestjs/cqrs` go through one pipeline: reported, authorised,
 * validated, made idempotent where they have an id, and retried. Handlers stay as they are. A command that nobody handles rejects.
 */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: Nest's modules are classes
export class EverfoldModule {
  /**
   * What the application needs once: its event store, its pipeline, its context and its shutdown.
   *
   * @throws TypeError when an option is malformed or unknown; nothing is opened.
   */
  static forRoot(options: EverfoldModuleOptions & Globality): DynamicModule {
    assertOptions(options);
    return rootModule(EverfoldCoreModule.forRoot(options), options);
  }

  /** As {@link forRoot}, with options from `useFactory`, `useClass` or `useExisting`; malformed ones reject when the application starts. */
  static forRootAsync(
    options: ConfigurableModuleAsyncOptions<EverfoldModuleOptions, 'createEverfoldOptions'> &
      Globality,
  ): DynamicModule {
    return rootModule(EverfoldCoreModule.forRootAsync(options), options);
  }

  /**
   * Provides the repository of each aggregate, to be injected by {@link InjectAggregate}, and the read model of each projection,
   * by {@link InjectReadModel}; and has projections and reactors run. A module that others import for them has `EverfoldModule` in
   * its exports.
   *
   * An aggregate is named by one call of `forFeature`, however often its module is imported. Projections and reactors may be named
   * by several: each runs once.
   *
   * @param features - Aggregate classes, folds, and what `cqrsAggregate` returns; projections, and what `live` returns; reactors,
   * and classes with `@Reactor`, which are provided as any other class.
   * @throws TypeError when one is missing or there twice, or is none of these.
   */
  static forFeature(features: readonly AnyFeature[]): DynamicModule {
    if (!Array.isArray(features as unknown))
      throw new TypeError(
        'EverfoldModule.forFeature takes a list of features: forFeature([Account]).',
      );
    const registration = Symbol('forFeature');
    const seen = new Set<object>();
    const providers = features.map((feature, index) => {
      assertFeature(feature, `Feature ${index} of EverfoldModule.forFeature`);
      const identity = identityOf(feature);
      if (seen.has(identity))
        throw new TypeError(`EverfoldModule.forFeature names ${nameOf(identity)} twice.`);
      seen.add(identity);
      const consumer = consumerFeatureOf(feature);
      return consumer === undefined
        ? repositoryProvider(feature, registration)
        : consumerProvider(consumer);
    });
    return { module: EverfoldModule, providers, exports: providers.map(({ provide }) => provide) };
  }
}

function rootModule(core: DynamicModule, { isGlobal = true }: Globality): DynamicModule {
  const store: FactoryProvider = {
    provide: EVENT_STORE,
    useFactory: ({ store }: EverfoldApplication) => store,
    inject: [EverfoldApplication],
  };
  return {
    module: EverfoldModule,
    global: isGlobal,
    imports: [core],
    providers: [store, EverfoldHealthIndicator, EventPublisher],
    exports: [EVENT_STORE, EverfoldHealthIndicator, EventPublisher],
  };
}

function repositoryProvider(feature: AnyFeature, registration: symbol): FactoryProvider {
  return {
    provide: getAggregateToken(aggregateOf(feature)),
    useFactory: (application: EverfoldApplication) => application.register(feature, registration),
    inject: [APPLICATION],
  };
}

function consumerProvider(consumer: ConsumerFeature): FactoryProvider {
  const { kind, name, feature } = consumer;
  const isRead = kind === 'projection' || kind === 'live';
  return {
    // Nobody injects a reactor by this; but Nest makes it, and so it is known.
    provide: isRead ? getReadModelToken(feature) : Symbol(`the reactor '${name}'`),
    useFactory: ({ consumers }: EverfoldApplication) => consumers.register(consumer),
    inject: [APPLICATION],
  };
}

function aggregateOf(feature: AnyFeature): AnyAggregate {
  if (typeof feature === 'function' || 'category' in feature) return feature as AnyAggregate;
  throw new TypeError(
    `EverfoldModule.forFeature: ${nameOf(feature)} is no aggregate, no projection and no reactor. Processes are not built yet.`,
  );
}
