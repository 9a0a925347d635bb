// The package's only door, beside `@everfold/nestjs/cqrs`.

export { EverfoldExceptionFilter } from './answers/everfold-exception-filter.js';
export type { LiveFeature } from './consumers/live.js';
export { live } from './consumers/live.js';
export { Reactor } from './consumers/reactor-class.js';
export { getReadModelToken, InjectReadModel } from './consumers/read-model-token.js';
export { ContextInterceptor } from './context/context-interceptor.js';
export { httpContext } from './context/http-context.js';
export type { ConsumerHealth } from './health/consumer-health.js';
export type { EverfoldHealth } from './health/everfold-health-indicator.js';
export { EverfoldHealthIndicator } from './health/everfold-health-indicator.js';
export type { MessageOptions, MessageReport } from './messages/message-options.js';
export { EverfoldModule, getEventStoreToken, InjectEventStore } from './module/everfold-module.js';
export type { AnyAggregate, AnyFeature } from './module/feature.js';
export { getAggregateToken, InjectAggregate } from './module/feature.js';
export type { EverfoldModuleOptions, EverfoldOptionsFactory } from './module/options.js';
export { EVERFOLD_OPTIONS } from './module/options.js';
export { HttpConnections } from './shutdown/http-connections.js';
