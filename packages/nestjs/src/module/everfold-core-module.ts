import {
  type BeforeApplicationShutdown,
  ConfigurableModuleBuilder,
  Inject,
  Logger,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
  RequestMethod,
} from '@nestjs/common';
import { APP_INTERCEPTOR, LazyModuleLoader, ModulesContainer } from '@nestjs/core';
import { ContextInterceptor } from '../context/context-interceptor.js';
import { ContextMiddleware } from '../context/context-middleware.js';
import { CommitRepositories } from '../cqrs/commit-repositories.js';
import { leadBus, type Pipelines } from '../messages/buses.js';
import { eventBusFeed } from '../messages/event-bus-feed.js';
import { assertOneHandlerEach, commandsWithoutType } from '../messages/handlers.js';
import { pipelineForCommands, pipelineForQueries } from '../messages/pipelines.js';
import { HttpConnections } from '../shutdown/http-connections.js';
import { APPLICATION, EverfoldApplication } from './everfold-application.js';
import { EVERFOLD_OPTIONS, type EverfoldModuleOptions } from './options.js';
import {
  assertBuses,
  assertEventTypesUnique,
  assertOnce,
  type Discovered,
  discover,
} from './set-up.js';

/** @internal How the options get in: by value, factory, class or existing provider. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<EverfoldModuleOptions>({ moduleName: 'EverfoldCore' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createEverfoldOptions')
    .setExtras({}, (definition) => ({ ...definition, global: true }))
    .build();

/**
 * @internal What is there once an application. Global, so that its hooks run first when the application starts, and last when
 * it stops.
 */
@Module({
  providers: [
    { provide: EVERFOLD_OPTIONS, useExisting: MODULE_OPTIONS_TOKEN },
    CommitRepositories,
    HttpConnections,
    EverfoldApplication,
    { provide: APPLICATION, useExisting: EverfoldApplication },
    ContextInterceptor,
    { provide: APP_INTERCEPTOR, useExisting: ContextInterceptor },
  ],
  exports: [
    EVERFOLD_OPTIONS,
    CommitRepositories,
    HttpConnections,
    EverfoldApplication,
    APPLICATION,
  ],
})
export class EverfoldCoreModule
  extends ConfigurableModuleClass
  implements
    NestModule,
    OnModuleInit,
    OnApplicationBootstrap,
    OnModuleDestroy,
    BeforeApplicationShutdown,
    OnApplicationShutdown
{
  constructor(
    @Inject(EverfoldApplication) private readonly application: EverfoldApplication,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(LazyModuleLoader) private readonly lazy: LazyModuleLoader,
  ) {
    super();
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(ContextMiddleware).forRoutes({ path: '{*everfold}', method: RequestMethod.ALL });
  }

  async onModuleInit(): Promise<void> {
    assertOnce(this.modules, EverfoldCoreModule);
    assertEventTypesUnique();
    const discovered = discover(this.modules);
    this.lead(discovered);
    this.application.watchHttp();
    await this.application.open(this.modules);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.application.startConsumers();
  }

  onModuleDestroy(): void {
    this.application.beginShutdown();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.application.drainHttp();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.application.close();
  }

  private lead(discovered: Discovered): void {
    const { commands = {}, publishToEventBus = false } = this.application.options;
    assertBuses(discovered, publishToEventBus);
    assertOneHandlerEach(discovered.handlers);
    this.warnOf(commandsWithoutType(discovered.handlers));
    const pipelines: Pipelines = {
      commands: pipelineForCommands(commands, this.application.hasCommits),
      queries: pipelineForQueries(commands),
      work: this.application.work,
    };
    leadBuses(discovered, pipelines);
    this.leadWhatComes(pipelines);
    if (publishToEventBus && discovered.eventBus !== undefined)
      this.application.store.onCommit = eventBusFeed(discovered.eventBus);
  }

  /** Modules that are loaded later may bring buses of their own. */
  private leadWhatComes(pipelines: Pipelines): void {
    const { lazy, modules } = this;
    const load = lazy.load.bind(lazy);
    lazy.load = async (...given) => {
      const loaded = await load(...given);
      leadBuses(discover(modules), pipelines);
      return loaded;
    };
  }

  private warnOf(untyped: readonly string[]): void {
    if (untyped.length === 0) return;
    new Logger('Everfold').warn(
      `Without @CommandType('…'): ${untyped.join(', ')}. They are handled, but refused under a command id (Idempotency-Key), ` +
        'where a repeat could not be told from another command.',
    );
  }
}

function leadBuses({ buses }: Discovered, pipelines: Pipelines): void {
  for (const [bus, kind] of buses) if (kind !== 'event') leadBus(bus, kind, pipelines);
}
