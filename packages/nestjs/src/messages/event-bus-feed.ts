import type { AppendResult, NewEvent, NonEmpty } from '@everfold/core';
import { decodeRegistered, outsideCommand } from '@everfold/core';
import { Logger } from '@nestjs/common';
import type { EventBus } from '@nestjs/cqrs';
import type { CommitListener } from '../store/application-store.js';

/**
 * @internal Hands what was committed to Nest's `EventBus`: in this process, at most once. It changes nothing about the commit,
 * whatever handlers do.
 */
export function eventBusFeed(bus: EventBus): CommitListener {
  const logger = new Logger('Everfold');
  return (stream, events, result) => {
    for (const [index, event] of events.entries())
      publish(bus, stream, event, result, events.length - 1 - index).catch((error: unknown) =>
        logger.error(
          `'${event.type}' of '${stream}' is stored, and was not handed to the EventBus`,
          error instanceof Error ? error.stack : String(error),
        ),
      );
  };
}

/** Asynchronous only for publishers that an application has put in place of Nest's. */
async function publish(
  bus: EventBus,
  stream: string,
  event: NonEmpty<NewEvent>[number],
  { revision, position }: AppendResult,
  fromTheEnd: number,
): Promise<void> {
  // Only the last event's position is known here; no class reads it.
  const instance = decodeRegistered({
    ...event,
    data: structuredClone(event.data),
    stream,
    revision: revision - fromTheEnd,
    position,
    recordedAt: new Date(),
  });
  if (instance === undefined) return;
  await outsideCommand({ causationId: event.id }, () => bus.publish(instance) as unknown);
}
