import {
  Aggregate,
  AggregateRoot,
  aggregate,
  createRepository,
  EventType,
  On,
} from '@everfold/core';
import { MemoryEventStore } from '@everfold/memory';
import { eventsOf } from './stores.js';

describe('An event with #private fields', () => {
  it('is refused before it is stored when a class folds them: it could never be loaded', async () => {
    @EventType('private.named')
    class Named {
      readonly public = true;
      readonly #name: string;
      constructor(name: string) {
        this.#name = name;
      }
      get name(): string {
        return this.#name;
      }
    }
    @Aggregate('private')
    class Private extends AggregateRoot {
      name = '';
      rename(name: string): void {
        this.apply(new Named(name));
      }
      @On(Named) protected onNamed({ name }: Named): void {
        this.name = name;
      }
    }
    const store = new MemoryEventStore();
    const repository = createRepository(store, Private);
    const create = () => repository.create('1', (it) => it.rename('Ada'));

    await expect(create()).rejects.toThrow(
      /onNamed needs #private fields.*of the event.*Nothing was written/s,
    );
    await expect(create()).rejects.toThrow(/#private/);
    await expect(eventsOf(store, 'private-1')).resolves.toEqual([]);
  });

  it('is refused before it is stored when a fold reads them', async () => {
    @EventType('private.hidden')
    class Hidden {
      readonly #by: number;
      constructor(by: number) {
        this.#by = by;
      }
      get by(): number {
        return this.#by;
      }
    }
    const counter = aggregate('private', { initial: () => 0 }).on(
      Hidden,
      (state, { by }) => state + by,
    );
    const store = new MemoryEventStore();
    const repository = createRepository(store, counter);
    const create = () => repository.create('1', () => new Hidden(1));

    await expect(create()).rejects.toThrow(/'private.hidden'.*#private.*Nothing was written/s);
    await expect(create()).rejects.toThrow(/'private.hidden'/);
    await expect(eventsOf(store, 'private-1')).resolves.toEqual([]);
  });

  it('is taken when no fold reads them', async () => {
    @EventType('private.counted')
    class Counted {
      readonly #cache = new Map<string, number>();
      constructor(readonly by: number) {}
      get size(): number {
        return this.#cache.size;
      }
    }
    const counter = aggregate('private', { initial: () => 0 }).on(
      Counted,
      (state, { by }) => state + by,
    );
    const repository = createRepository(new MemoryEventStore(), counter);

    await repository.create('1', () => new Counted(1));
    await repository.update('1', () => [new Counted(2), new Counted(3)]);

    await expect(repository.find('1')).resolves.toMatchObject({ state: 6 });
  });
});
