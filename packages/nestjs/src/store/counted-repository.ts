import type { Change, Committed, Found, StateOf, UpdateOptions } from '@everfold/core';
import { AggregateRepository } from '@everfold/core';
import type { WorkInFlight } from '../shutdown/work.js';

/** @internal A repository whose calls shutting down waits for. */
export class CountedRepository<A> extends AggregateRepository<A> {
  readonly #repository: AggregateRepository<A>;
  readonly #work: WorkInFlight;

  constructor(repository: AggregateRepository<A>, work: WorkInFlight) {
    super();
    this.#repository = repository;
    this.#work = work;
  }

  create(id: string, change: Change<A>, options?: UpdateOptions): Promise<Committed<StateOf<A>>> {
    return this.#work.run(() => this.#repository.create(id, change, options));
  }

  update(id: string, change: Change<A>, options?: UpdateOptions): Promise<Committed<StateOf<A>>> {
    return this.#work.run(() => this.#repository.update(id, change, options));
  }

  find(id: string): Promise<Found<StateOf<A>> | undefined> {
    return this.#work.run(() => this.#repository.find(id));
  }
}
