import { Inject, Injectable } from '@nestjs/common';
import { EverfoldApplication } from '../module/everfold-application.js';
import type { ConsumerHealth } from './consumer-health.js';

/** What Terminus shows: `up`, or `down` with a reason; with the consumers that this process runs, where it runs any. */
export type EverfoldHealth<K extends string = string> = Record<
  K,
  {
    readonly status: 'up' | 'down';
    readonly message?: string;
    readonly consumers?: readonly ConsumerHealth[];
  }
>;

/** How long a store may take to answer, by default. */
const TIMEOUT_MS = 2_000;

/**
 * Tells Terminus whether the application can do its work: the event store is open and answers, its consumers go on, and nothing
 * is shutting down.
 *
 * `health.check([() => everfold.isHealthy()])`
 */
@Injectable()
export class EverfoldHealthIndicator {
  constructor(@Inject(EverfoldApplication) private readonly application: EverfoldApplication) {}

  /**
   * Asks the event store where its log ends, and the consumers of this process how they stand. One that is behind is well; one
   * that is stopped, or of which nobody can tell how far it is behind, is not.
   *
   * @param key - What the result is called. Default `everfold`.
   * @param options.timeoutMs - How long the stores may take, in milliseconds. Default 2,000.
   * @returns `down` with a `message` when it cannot do its work; never rejects.
   */
  async isHealthy<const K extends string = 'everfold'>(
    key?: K,
    { timeoutMs = TIMEOUT_MS }: { readonly timeoutMs?: number | undefined } = {},
  ): Promise<EverfoldHealth<K>> {
    const { problem, consumers } = await this.application.health(timeoutMs);
    const status = problem === undefined ? ('up' as const) : ('down' as const);
    const detail = {
      status,
      ...(problem === undefined ? {} : { message: problem }),
      ...(consumers.length === 0 ? {} : { consumers }),
    };
    return { [key ?? 'everfold']: detail } as EverfoldHealth<K>;
  }
}
