import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ConsistencyToken,
  type EventStore,
  ForeignPositionError,
  positionOf,
  type ReadOptions,
} from '@everfold/core';
import { InjectEventStore } from '@everfold/nestjs';
import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { BankConfig } from '../configuration/configuration.js';
import { Problem } from './problem.js';

const LOOK_AGAIN_MS = 10;

/** Makes a read wait until what it reads, a read model or the log, has what the reader's token names. */
@Injectable()
export class FreshReads {
  private readonly timeoutMs: number;

  constructor(
    @InjectEventStore() private readonly store: EventStore,
    @Inject(ConfigService) config: BankConfig,
  ) {
    this.timeoutMs = config.get('bank', { infer: true }).readTimeoutMs;
  }

  /**
   * What a token asks of a read, before anything is waited for.
   *
   * @param token - As a write handed it out; `undefined`: nothing to wait for.
   * @throws {@link Problem} `invalid-token` when this store did not hand it out.
   */
  async freshnessOf(token: string | undefined): Promise<ReadOptions> {
    if (token === undefined) return { timeoutMs: this.timeoutMs };
    await this.assertOurs(token);
    return { after: token as ConsistencyToken, timeoutMs: this.timeoutMs };
  }

  /** Waits for the log. @throws {@link Problem} `read-model-behind` when it does not reach so far in time. */
  async waitForLog({ after }: ReadOptions): Promise<void> {
    if (after === undefined) return;
    const position = positionOf(after, await this.store.identity());
    const deadline = performance.now() + this.timeoutMs;
    for (;;) {
      const head = await this.store.head();
      if (head !== undefined && position <= head) return;
      if (performance.now() >= deadline)
        throw new Problem('read-model-behind', {
          detail: 'What the token names is not stored here yet.',
        });
      await sleep(LOOK_AGAIN_MS);
    }
  }

  private async assertOurs(token: string): Promise<void> {
    try {
      const position = positionOf(token, await this.store.identity());
      for await (const _ of this.store.readAll({ from: position, limit: 1 })) break;
    } catch (cause) {
      if (!(cause instanceof ForeignPositionError || cause instanceof TypeError)) throw cause;
      throw new Problem('invalid-token', {
        detail: 'Send a token back unchanged, to where it came from.',
        cause,
      });
    }
  }
}
