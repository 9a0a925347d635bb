import { OneAtATime } from './one-at-a-time.js';
import type { Committed } from './repository.js';
import { AggregateRepository } from './repository.js';

/** Stands for an aggregate; never looked at. */
interface Thing {
  readonly name: string;
}

/** Each change is over when the spec says so. */
class HeldRepository extends AggregateRepository<Thing> {
  readonly begun: string[] = [];
  readonly #end = new Map<string, () => void>();

  create(id: string): Promise<Committed<Thing>> {
    return this.#held(`create ${id}`);
  }

  update(id: string): Promise<Committed<Thing>> {
    return this.#held(`update ${id}`);
  }

  find(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  end(what: string): void {
    this.#end.get(what)?.();
  }

  #held(what: string): Promise<never> {
    this.begun.push(what);
    return new Promise((_, reject) => {
      this.#end.set(what, () => reject(new Error(what)));
    });
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const nothing = () => undefined;

describe('OneAtATime', () => {
  it('begins a change when the one before it is over, though it failed', async () => {
    const held = new HeldRepository();
    const things = new OneAtATime(held);
    const first = things.create('a', nothing);
    const second = things.update('a', nothing);
    const third = things.update('a', nothing);
    const failures = [first, second, third].map((change) => change.catch((error) => error.message));
    await settle();
    const atFirst = [...held.begun];

    held.end('create a');
    await settle();
    const then = [...held.begun];
    held.end('update a');
    await settle();
    held.end('update a');

    expect(atFirst).toEqual(['create a']);
    expect(then).toEqual(['create a', 'update a']);
    expect(await Promise.all(failures)).toEqual(['create a', 'update a', 'update a']);
    expect(held.begun).toEqual(['create a', 'update a', 'update a']);
  });

  it('lets other aggregates and reads pass', async () => {
    const held = new HeldRepository();
    const things = new OneAtATime(held);
    const blocked = things.update('a', nothing).catch(nothing);

    const other = things.update('b', nothing).catch(nothing);
    await things.find('a');
    await settle();

    expect(held.begun).toEqual(['update a', 'update b']);
    held.end('update a');
    held.end('update b');
    await Promise.all([blocked, other]);
  });
});
