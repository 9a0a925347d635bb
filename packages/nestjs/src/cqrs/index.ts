// In place of `@nestjs/cqrs`: everything it exports, with aggregates that are durable.

export * from '@nestjs/cqrs';
export type { DurableAggregateRoot } from './aggregate-root.js';
export { AggregateRoot, WithAggregateRoot } from './aggregate-root.js';
export { CommitRepository } from './commit-repository.js';
export type { CqrsAggregate, CqrsAggregateOptions } from './cqrs-aggregate.js';
export { cqrsAggregate } from './cqrs-aggregate.js';
export { EventPublisher } from './event-publisher.js';
