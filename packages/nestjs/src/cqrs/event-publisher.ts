import { Inject, Injectable } from '@nestjs/common';
import type { AsyncContext } from '@nestjs/cqrs';
import { CommitRepositories } from './commit-repositories.js';

// biome-ignore lint/suspicious/noExplicitAny: TypeScript asks it of the constructor of a mixin's base
type Constructor = new (...args: any[]) => object;

/**
 * As `EventPublisher` of `@nestjs/cqrs`: says where an aggregate's events go. Here it is the aggregate's stream, and from there,
 * with `publishToEventBus`, Nest's `EventBus`. What a `CommitRepository` has loaded is merged already; merging it again changes
 * nothing.
 */
@Injectable()
export class EventPublisher {
  constructor(@Inject(CommitRepositories) private readonly repositories: CommitRepositories) {}

  /**
   * Makes the instances of a class committable.
   *
   * @param metatype - A class that `cqrsAggregate` registers.
   * @param _asyncContext - Taken for the sake of those who hand it over; the events need none.
   * @returns A class that extends it.
   * @throws TypeError when no module registers it.
   */
  mergeClassContext<T extends Constructor>(metatype: T, _asyncContext?: AsyncContext): T {
    const repository = this.repositories.of(metatype.prototype as object);
    return class extends metatype {
      // biome-ignore lint/suspicious/noExplicitAny: TypeScript asks it of the constructor of a mixin
      constructor(...args: any[]) {
        super(...args);
        repository.attach(this);
      }
    };
  }

  /**
   * Makes an aggregate committable.
   *
   * @param _asyncContext - Taken for the sake of those who hand it over; the events need none.
   * @returns The aggregate.
   * @throws TypeError when no module registers its class.
   */
  mergeObjectContext<T extends object>(object: T, _asyncContext?: AsyncContext): T {
    this.repositories.of(object).attach(object);
    return object;
  }
}
