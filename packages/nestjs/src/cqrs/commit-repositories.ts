import type { StreamCommitRepository } from './commit-repository.js';

/** @internal The repositories of the application's aggregates that were written for `@nestjs/cqrs`. */
export class CommitRepositories {
  readonly #byPrototype = new Map<object, StreamCommitRepository<object>>();

  get isEmpty(): boolean {
    return this.#byPrototype.size === 0;
  }

  add(
    aggregate: abstract new (...args: never[]) => object,
    repository: StreamCommitRepository<object>,
  ): void {
    this.#byPrototype.set(aggregate.prototype as object, repository);
  }

  /** @throws TypeError when the class of the object, and those that it extends, are not registered. */
  of(object: object): StreamCommitRepository<object> {
    for (let at: object | null = object; at !== null; at = Reflect.getPrototypeOf(at)) {
      const found = this.#byPrototype.get(at);
      if (found !== undefined) return found;
    }
    const name = object.constructor.name;
    throw new TypeError(
      `${name} is not registered: import EverfoldModule.forFeature([cqrsAggregate('category', ${name}, { events })]).`,
    );
  }
}
