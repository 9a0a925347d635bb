import type { Change, Committed, Found, StateOf, UpdateOptions } from './repository.js';
import { AggregateRepository } from './repository.js';

/**
 * @internal A repository whose changes of one aggregate wait for each other, in the order they came, instead of racing and deciding
 * anew: a hundred deposits at once into a shop's account each succeed at the first attempt. Correctness does not depend on
 * it, for other processes race all the same; reads and other aggregates do not wait.
 */
export class OneAtATime<A> extends AggregateRepository<A> {
  /** For each aggregate that is being changed: settled when the last change that came is over. Never rejects. */
  readonly #last = new Map<string, Promise<void>>();

  constructor(private readonly repository: AggregateRepository<A>) {
    super();
  }

  create(id: string, change: Change<A>, options?: UpdateOptions): Promise<Committed<StateOf<A>>> {
    return this.#inTurn(id, () => this.repository.create(id, change, options));
  }

  update(id: string, change: Change<A>, options?: UpdateOptions): Promise<Committed<StateOf<A>>> {
    return this.#inTurn(id, () => this.repository.update(id, change, options));
  }

  find(id: string): Promise<Found<StateOf<A>> | undefined> {
    return this.repository.find(id);
  }

  async #inTurn<R>(id: string, run: () => Promise<R>): Promise<R> {
    const before = this.#last.get(id);
    let leave: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#last.set(id, turn);
    try {
      await before;
      return await run();
    } finally {
      leave();
      if (this.#last.get(id) === turn) this.#last.delete(id);
    }
  }
}
