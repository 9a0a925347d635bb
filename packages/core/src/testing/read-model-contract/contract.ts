import type { ReadModelStore } from '../../projection/read-model-store.js';
import type { TestRunner } from '../runner.js';
import { inTemporaryFolder } from '../temporary-folder.js';
import { Fixture } from './fixture.js';
import type { ReadModelHarness } from './harness.js';

/** The body of one behaviour. */
export type Behaviour = (fixture: Fixture) => Promise<void>;

/** Where a theme of the contract writes down its behaviours. */
export class Contract {
  constructor(
    readonly harness: ReadModelHarness,
    readonly runner: TestRunner,
  ) {}

  readonly describe = (title: string, body: () => void): void => {
    this.runner.describe(title, body);
  };

  /** One behaviour, on a store of its own. */
  readonly it = (sentence: string, behaviour: Behaviour): void => {
    this.runner.it(sentence, () =>
      inTemporaryFolder(async (folder) => {
        const store = await this.harness.create(folder);
        const fixture = new Fixture(store, this.harness, folder);
        try {
          await behaviour(fixture);
        } finally {
          await fixture.tearDown();
        }
      }),
    );
  };

  /** One behaviour of stores that commit in one way; the others promise something else, which they are asked by other behaviours. */
  readonly itWhere = (
    commit: ReadModelStore['commit'],
    sentence: string,
    behaviour: Behaviour,
  ): void => {
    this.it(sentence, async (fixture) => {
      if (fixture.store.commit === commit) await behaviour(fixture);
    });
  };

  /** One behaviour of stores whose data can be opened again; left out where the harness cannot. */
  readonly itReopened = (sentence: string, behaviour: Behaviour): void => {
    if (this.harness.reopen !== undefined) this.it(sentence, behaviour);
  };

  /** One behaviour of two stores on the same data; left out where the harness has no second one. */
  readonly itBeside = (
    sentence: string,
    behaviour: (fixture: Fixture, other: ReadModelStore) => Promise<void>,
  ): void => {
    if (this.harness.beside === undefined) return;
    this.it(sentence, async (fixture) => behaviour(fixture, await fixture.beside()));
  };
}
