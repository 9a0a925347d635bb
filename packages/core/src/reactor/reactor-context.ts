import type { EventContext } from '../projection/context.js';

/** What a reactor may know of an event, and of its own attempt to handle it. */
export interface ReactorContext extends EventContext {
  /**
   * A UUID made of the reactor's name and the event's id ({@link reactorKey}): the same whenever this reactor handles this event, on any
   * machine and in a replay. Hand it on as the idempotency key of what is sent, so that handling it again does nothing twice.
   */
  readonly key: string;
  /** Which attempt this is, from 1; counted anew by the process that takes the event over. */
  readonly attempt: number;
  /** Aborted when the attempt is in vain: another process takes the event over, or this one stops. Hand it on to what takes time. */
  readonly signal: AbortSignal;
}
