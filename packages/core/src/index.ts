// The kernel's only door.

export type {
  Administration,
  AdministrationOptions,
  ConsumerInfo,
  Difference,
  OperationOptions,
  ParkedEvent,
  Progress,
  RebuildOptions,
  SwitchOptions,
  Verification,
} from './administration/administration.js';
export { createAdministration } from './administration/create-administration.js';
export {
  GenerationRefusedError,
  OrphanedEventsError,
  SwitchInterruptedError,
} from './administration/errors.js';
export type { AggregateContext } from './aggregate/aggregate-context.js';
export type { AggregateFold, AggregateFoldOptions } from './aggregate/aggregate-fold.js';
export { aggregate } from './aggregate/aggregate-fold.js';
export type { AggregateOptions } from './aggregate/aggregate-root.js';
export { Aggregate, AggregateRoot, On } from './aggregate/aggregate-root.js';
export type { RepositoryOptions } from './aggregate/create-repository.js';
export { createRepository } from './aggregate/create-repository.js';
export {
  AggregateExistsError,
  AggregateNotFoundError,
  AggregateTruncatedError,
  ConcurrencyError,
} from './aggregate/errors.js';
export type { Change, Committed, Found, StateOf, UpdateOptions } from './aggregate/repository.js';
export { AggregateRepository } from './aggregate/repository.js';
export type { SnapshotPolicy } from './aggregate/snapshot-keeper.js';
export type { Snapshot, SnapshotStore } from './aggregate/snapshot-store.js';
export type { EncodedCommand } from './command/command-codec.js';
export { commandHash, decodeCommand, encodeCommand } from './command/command-codec.js';
export type {
  CommandMessage,
  CommandMiddleware,
  CommandPipeline,
} from './command/command-pipeline.js';
export { commandPipeline } from './command/command-pipeline.js';
export type { CommandClass, Props } from './command/command-type.js';
export { CommandType, commandClassOf, commandTypeOf } from './command/command-type.js';
export type { DomainErrorOptions } from './command/domain-error.js';
export { DomainError } from './command/domain-error.js';
export { CommandIdReusedError, CommandInvalidError } from './command/errors.js';
export type { MessageContext } from './command/message-context.js';
export {
  currentContext,
  outsideCommand,
  updatesSoFar,
  withContext,
} from './command/message-context.js';
export type { CommandReport, IdempotencyOptions, RetryOptions } from './command/middleware.js';
export {
  authorisation,
  idempotency,
  NotAuthorisedError,
  retry,
  telemetry,
  validation,
} from './command/middleware.js';
export type {
  ConsumerReport,
  ConsumerStatus,
  Consumers,
  LeaseOptions,
  RetryPolicy,
  RunConsumersOptions,
} from './consumer/options.js';
export { runConsumers } from './consumer/run-consumers.js';
export type { EverfoldErrorCode } from './errors.js';
export { EverfoldError } from './errors.js';
export type { Clock } from './event/clock.js';
export { systemClock } from './event/clock.js';
export { decodeEvent, decodeRegistered, encodeEvent } from './event/codec.js';
export type { EVENT, EventClass, EventDefinition } from './event/definition.js';
export { definitionOf, definitionOfEvent } from './event/definition.js';
export type { ValidationProblem } from './event/errors.js';
export {
  EventInvalidError,
  EventVersionTooNewError,
  UnknownEventTypeError,
  UnserializableEventError,
  UpcasterMissingError,
} from './event/errors.js';
export type { Brand, EventOptions, Statics } from './event/event.js';
export { Event } from './event/event.js';
export type { EventTypeOptions } from './event/event-type.js';
export { EventType } from './event/event-type.js';
export type { IdGenerator } from './event/ids.js';
export { isUuid, newEventId } from './event/ids.js';
export type { Json, JsonProblem } from './event/json.js';
export { findJsonProblem, MAX_JSON_DEPTH } from './event/json.js';
export type { Metadata } from './event/metadata.js';
export type { EventRegistry, RegisteredEvent } from './event/registry.js';
export { eventRegistry } from './event/registry.js';
export type { Upcasts } from './event/upcasts.js';
export { upcasts } from './event/upcasts.js';
export {
  AppendOutcomeUnknownError,
  CheckpointAheadOfLogError,
  ForeignPositionError,
  NotAStoreError,
  StoreCorruptedError,
  StoreFormatTooNewError,
  StoreRefusedError,
  StoreUnavailableError,
  StreamDeletedError,
  WriteLockHeldError,
  WrongExpectedRevisionError,
} from './event-store/errors.js';
export type {
  AppendOptions,
  AppendResult,
  DeleteOptions,
  EventFilter,
  EventReadOptions,
  EventStore,
  EventStoreCapabilities,
  EventStream,
  LogReadOptions,
  NewEvent,
  NonEmpty,
  RecordedEvent,
  Retention,
  StoreFactory,
  StreamAppend,
  StreamReadOptions,
  SubscribeOptions,
  SubscriptionBatch,
} from './event-store/event-store.js';
export { eventStream } from './event-store/event-stream.js';
export { eventSubscription } from './event-store/event-subscription.js';
export type { ActualRevision, ExpectedRevision } from './event-store/expected-revision.js';
export { assertExpectedRevision } from './event-store/expected-revision.js';
export type { EventPredicate } from './event-store/filter.js';
export { predicateOf } from './event-store/filter.js';
export type { Position } from './event-store/position.js';
export { BEFORE_ALL_POSITIONS } from './event-store/position.js';
export type { PreparedAppend, PreparedEvent, UncheckedAppend } from './event-store/prepare.js';
export { assertRetention, contentOf, prepareAppends } from './event-store/prepare.js';
export { assertFilter, assertLogRead, assertStreamRead } from './event-store/read-options.js';
export type {
  AppendDecision,
  DecisionView,
  StreamControl,
  StreamState,
} from './event-store/stream-control.js';
export {
  actualRevision,
  assertStands,
  decideAppend,
  decideAppends,
  firstVisible,
  isExpired,
  UNCONTROLLED,
} from './event-store/stream-control.js';
export {
  aggregateIdOf,
  assertCategory,
  assertStreamName,
  categoryOf,
  MAX_STREAM_NAME_BYTES,
  streamName,
} from './event-store/stream-name.js';
export type { ConsistencyToken, TokenContent } from './event-store/token.js';
export { createToken, positionOf, readToken } from './event-store/token.js';
export type { EventTransform } from './event-store/transform.js';
export { transformed } from './event-store/transform.js';
export { collectionInUse } from './projection/collection-in-use.js';
export type { EventContext, ProjectionContext } from './projection/context.js';
export { isProjection } from './projection/definition.js';
export {
  decodeDocument,
  encodeDocument,
  findDocumentProblem,
} from './projection/documents/document-codec.js';
export {
  compareDocuments,
  compareScalars,
  compareTexts,
  isBehind,
  matchesConditions,
  orderValueOf,
} from './projection/documents/document-order.js';
export { evaluateQuery } from './projection/documents/evaluate-query.js';
export {
  assertCollectionName,
  assertDocumentSize,
  assertLoadedIds,
} from './projection/documents/store-rules.js';
export {
  DocumentParkedError,
  DocumentTooLargeError,
  LeaseLostError,
  ProjectionChangedError,
  ReadModelBehindError,
  UniqueIndexError,
  UnserializableDocumentError,
} from './projection/errors.js';
export type { LiveProjection, LiveProjectionOptions } from './projection/live-projection.js';
export { openLiveProjection } from './projection/live-projection.js';
export { deferredReadModel } from './projection/observed-reads.js';
export type {
  Addressed,
  DocumentIds,
  Projection,
  ProjectionOptions,
  ReadModelOf,
} from './projection/projection.js';
export { projection } from './projection/projection.js';
export type { Condition, Page, Query } from './projection/query.js';
export type { ReadOptions } from './projection/read-model.js';
export { ReadModel } from './projection/read-model.js';
export type {
  DocumentQuery,
  DocumentWrite,
  FieldCondition,
  ReadModelStore,
  SaveOutcome,
  Scalar,
  SegmentSave,
  StoredDocument,
  StoredRecord,
} from './projection/read-model-store.js';
export { isReadModelStore } from './projection/read-model-store.js';
export { ReadSession } from './projection/read-session.js';
export { createReadModel } from './projection/stored-read-model.js';
export { classReactor } from './reactor/class-reactor.js';
export { isReactor } from './reactor/definition.js';
export type { ReactorDefinition, ReactorOptions } from './reactor/reactor.js';
export { reactor } from './reactor/reactor.js';
export type { ReactorContext } from './reactor/reactor-context.js';
export { reactorKey } from './reactor/reactor-key.js';
export { replayReactor } from './reactor/replay-reactor.js';
export { isPassing } from './subscription/passing.js';
export type { ResumingSubscriptionOptions } from './subscription/resuming-subscription.js';
export { resumingSubscription } from './subscription/resuming-subscription.js';
