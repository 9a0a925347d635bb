import type { EventStore } from '../../event-store/event-store.js';
import { type ManualClock, manualClock } from '../manual-clock.js';
import type { TestRunner } from '../runner.js';
import { inTemporaryFolder } from '../temporary-folder.js';
import { Fixture } from './fixture.js';
import type { EventStoreHarness } from './harness.js';

/** The body of one behaviour. */
export type Behaviour = (fixture: Fixture) => Promise<void>;

/** Where a theme of the contract writes down its behaviours. */
export class Contract {
  constructor(
    readonly harness: EventStoreHarness,
    readonly runner: TestRunner,
  ) {}

  readonly describe = (title: string, body: () => void): void => {
    this.runner.describe(title, body);
  };

  /** One behaviour, on a store of its own. */
  readonly it = (sentence: string, behaviour: Behaviour): void => {
    this.runner.it(sentence, () => this.#run((folder) => this.harness.create(folder), behaviour));
  };

  /** One behaviour of stores that append to several streams; others refuse that, which a behaviour of its own says. */
  readonly itWithMultiStream = (sentence: string, behaviour: Behaviour): void => {
    this.it(sentence, async (fixture) => {
      if (fixture.store.capabilities.multiStreamAppend) await behaviour(fixture);
    });
  };

  /** One behaviour of a store whose clock the test moves; left out where the harness has no such store. */
  readonly itWithClock = (
    sentence: string,
    behaviour: (fixture: Fixture, clock: ManualClock) => Promise<void>,
  ): void => {
    const { harness } = this;
    if (harness.createWithClock === undefined) return;
    this.runner.it(sentence, () => {
      const clock = manualClock(Date.UTC(2030, 0, 1));
      return this.#run(
        (folder) => harness.createWithClock?.(clock, folder) ?? harness.create(folder),
        (fixture) => behaviour(fixture, clock),
      );
    });
  };

  /** Has another store beside that of a behaviour. */
  readonly beside = (use: (other: EventStore) => Promise<void>): Promise<void> =>
    inTemporaryFolder(async (folder) => {
      await using other = await this.harness.create(folder);
      await use(other);
    });

  #run(create: (folder: string) => Promise<EventStore>, behaviour: Behaviour): Promise<void> {
    return inTemporaryFolder(async (folder) => {
      const fixture = new Fixture(await create(folder), this.harness, folder);
      try {
        await behaviour(fixture);
      } finally {
        await fixture.tearDown();
      }
    });
  }
}
