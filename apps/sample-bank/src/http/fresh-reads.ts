import { setTimeout as sleep } from 'node:timers/promises';
import { type EventStore, ForeignPositionError, type Position, positionOf } from '@everfold/core';
import { InjectEventStore } from '@everfold/nestjs';
import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { BankConfig } from '../configuration/configuration.js';
import { Problem } from './problem.js';

const LOOK_AGAIN_MS = 10;

/** Makes a read of the log wait until the log holds what the reader's token names. */
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
   * What a token says, before anything is waited for.
   *
   * @param token - As a write handed it out; `undefined`: nothing to wait for.
   * @throws {@link Problem} `invalid-token` when this store did not hand it out.
   */
  positionIn(token: string | undefined): Promise<Position | undefined> {
    return token === undefined ? Promise.resolve(undefined) : this.position(token);
  }

  /** @throws {@link Problem} `read-model-behind` when the log does not reach so far in time. */
  async waitFor(position: Position | undefined): Promise<void> {
    if (position === undefined) return;
    const deadline = performance.now() + this.timeoutMs;
    while (!(await this.reaches(position))) {
      if (performance.now() >= deadline)
        throw new Problem('read-model-behind', {
          detail: 'What the token names is not stored here yet.',
        });
      await sleep(LOOK_AGAIN_MS);
    }
  }

  private async position(token: string): Promise<Position> {
    try {
      const position = positionOf(token, await this.store.identity());
      for await (const _ of this.store.readAll({ from: position, limit: 1 })) break;
      return position;
    } catch (cause) {
      if (!(cause instanceof ForeignPositionError || cause instanceof TypeError)) throw cause;
      throw new Problem('invalid-token', {
        detail: 'Send a token back unchanged, to where it came from.',
        cause,
      });
    }
  }

  private async reaches(position: Position): Promise<boolean> {
    const head = await this.store.head();
    return head !== undefined && position <= head;
  }
}
