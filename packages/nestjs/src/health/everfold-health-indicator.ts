import { Inject, Injectable } from '@nestjs/common';
import { EverfoldApplication } from '../module/everfold-application.js';

/** What Terminus shows: `up`, or `down` with a reason. */
export type EverfoldHealth<K extends string = string> = Record<
  K,
  { readonly status: 'up' | 'down'; readonly message?: string }
>;

/** How long a store may take to answer, by default. */
const TIMEOUT_MS = 2_000;

/**
 * Tells Terminus whether the application can do its work: the event store is open and answers, and nothing is shutting down.
 *
 * `health.check([() => everfold.isHealthy()])`
 */
@Injectable()
export class EverfoldHealthIndicator {
  constructor(@Inject(EverfoldApplication) private readonly application: EverfoldApplication) {}

  /**
   * Asks the event store where its log ends.
   *
   * @param key - What the result is called. Default `everfold`.
   * @param options.timeoutMs - How long the store may take, in milliseconds. Default 2,000.
   * @returns `down` with a `message` when it cannot be used; never rejects.
   */
  async isHealthy<const K extends string = 'everfold'>(
    key?: K,
    { timeoutMs = TIMEOUT_MS }: { readonly timeoutMs?: number | undefined } = {},
  ): Promise<EverfoldHealth<K>> {
    const problem = await this.application.problem(timeoutMs);
    const detail =
      problem === undefined
        ? { status: 'up' as const }
        : { status: 'down' as const, message: problem };
    return { [key ?? 'everfold']: detail } as EverfoldHealth<K>;
  }
}
