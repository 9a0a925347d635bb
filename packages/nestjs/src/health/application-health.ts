import type { ApplicationConsumers } from '../consumers/application-consumers.js';
import { messageOf } from '../consumers/consumer-log.js';
import { inTime } from '../shutdown/in-time.js';
import type { ApplicationStore } from '../store/application-store.js';
import { type ConsumerHealth, consumerProblems, healthOf } from './consumer-health.js';

/** @internal Whether an application can do its work. */
export interface ApplicationHealth {
  /** Why it cannot; `undefined` when it can. */
  readonly problem: string | undefined;
  /** Those of this process. */
  readonly consumers: readonly ConsumerHealth[];
}

/** @internal Asks the stores and the consumers, for so many milliseconds at most. Never rejects. */
export async function applicationHealth(
  store: ApplicationStore,
  consumers: ApplicationConsumers,
  timeoutMs: number,
): Promise<ApplicationHealth> {
  const [storeProblem, found] = await Promise.all([
    problemOfStore(store, timeoutMs),
    healthOfConsumers(consumers, timeoutMs),
  ]);
  // Of a store that is away, consumers would say the same again.
  return { problem: storeProblem ?? found.problem, consumers: found.consumers };
}

async function problemOfStore(
  store: ApplicationStore,
  timeoutMs: number,
): Promise<string | undefined> {
  try {
    const answer = await inTime(store.head(), timeoutMs);
    return answer.isLate ? `The event store has not answered within ${timeoutMs} ms.` : undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function healthOfConsumers(
  consumers: ApplicationConsumers,
  timeoutMs: number,
): Promise<ApplicationHealth> {
  try {
    const answer = await inTime(consumers.status(), timeoutMs);
    if (answer.isLate)
      return {
        problem: `The consumers have not said within ${timeoutMs} ms how they stand.`,
        consumers: [],
      };
    const health = answer.value.map(healthOf);
    const problems = [...consumers.failures, ...consumerProblems(health)];
    return { problem: problems.length === 0 ? undefined : problems.join(' '), consumers: health };
  } catch (error) {
    return { problem: messageOf(error), consumers: [] };
  }
}
