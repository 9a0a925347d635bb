import type { MessageContext } from '../command/message-context.js';
import { currentContext, nextUpdateOf } from '../command/message-context.js';
import { newEventId } from '../event/ids.js';
import type { Metadata } from '../event/metadata.js';
import { WrongExpectedRevisionError } from '../event-store/errors.js';
import type { ExpectedRevision } from '../event-store/expected-revision.js';
import { assertExpectedRevision } from '../event-store/expected-revision.js';
import type { Position } from '../event-store/position.js';
import { streamName } from '../event-store/stream-name.js';
import { AggregateExistsError, AggregateNotFoundError } from './errors.js';
import type { AggregatePlace } from './fold-event.js';
import type { LoadedAggregate } from './loaded-aggregate.js';
import type { UpdateOptions } from './repository.js';

/** @internal Which update of which command this is. */
export interface CommandMark {
  readonly id: string;
  readonly index: number;
  readonly hash: string | undefined;
  readonly issuedAt: Position | undefined;
}

/** @internal One call of `create` or `update`, however often it is decided. */
export interface UpdateRequest extends AggregatePlace {
  readonly kind: 'create' | 'update';
  readonly category: string;
  readonly change: unknown;
  readonly command: CommandMark | undefined;
  readonly metadata: Metadata;
  readonly expected: ExpectedRevision | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @internal @throws TypeError when the id or an option is malformed. */
export function requestOf(
  kind: 'create' | 'update',
  category: string,
  id: string,
  change: unknown,
  options: UpdateOptions,
): UpdateRequest {
  const stream = streamName(category, id);
  const { expected, signal } = options;
  if (typeof change !== 'function') throw new TypeError('The change must be a function.');
  if (expected !== undefined) assertExpectedRevision(expected);
  const context = currentContext();
  const command = markOf(stream, options, context);
  const metadata = metadataOf(context, command);
  return { kind, category, id, stream, change, command, metadata, expected, signal };
}

function markOf(
  stream: string,
  options: UpdateOptions,
  context: MessageContext,
): CommandMark | undefined {
  const id = options.commandId ?? context.commandId;
  if (id === undefined) return undefined;
  if (typeof id !== 'string' || id === '')
    throw new TypeError('A command id must be a non-empty string.');
  // The context speaks of its own command: hash and position do not go with the id of another one.
  const own: MessageContext = id === context.commandId ? context : {};
  return {
    id,
    index: nextUpdateOf(stream, id),
    hash: options.commandHash ?? own.commandHash,
    issuedAt: own.issuedAt,
  };
}

function metadataOf(context: MessageContext, command: CommandMark | undefined): Metadata {
  const { causationId, actor, tenant, traceparent } = context;
  const metadata: { -readonly [K in keyof Metadata]: Metadata[K] } = {
    correlationId: context.correlationId ?? newEventId(),
  };
  if (command !== undefined) {
    metadata.commandId = command.id;
    metadata.commandIndex = command.index;
    if (command.hash !== undefined) metadata.commandHash = command.hash;
  }
  if (causationId !== undefined) metadata.causationId = causationId;
  if (actor !== undefined) metadata.actor = actor;
  if (tenant !== undefined) metadata.tenant = tenant;
  if (traceparent !== undefined) metadata.traceparent = traceparent;
  return metadata;
}

/** @internal Why a change may not be decided on what was loaded. */
export function refusalOf(
  { kind, category, id, stream, expected }: UpdateRequest,
  { exists, revision }: LoadedAggregate<unknown>,
): Error | undefined {
  if (kind === 'create' && exists) return new AggregateExistsError(category, id);
  if (kind === 'update' && !exists) return new AggregateNotFoundError(category, id);
  const actual = exists ? revision : 'no-stream';
  const holds =
    expected === undefined ||
    expected === 'any' ||
    expected === actual ||
    (expected === 'stream-exists' && exists);
  return holds ? undefined : new WrongExpectedRevisionError(stream, expected, actual);
}
