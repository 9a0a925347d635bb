import { definitionOf } from './definition.js';
import { Event } from './event.js';
import { eventRegistry } from './registry.js';

const registered = (type: string) =>
  eventRegistry()
    .find(type)
    .map(({ eventClass }) => eventClass);

describe('The event registry', () => {
  it('finds a class by its type and by each of its aliases', () => {
    class Renamed extends Event('registry.new', { aliases: ['registry.old', 'registry.older'] }) {}
    definitionOf(Renamed);

    expect(['registry.new', 'registry.old', 'registry.older'].map(registered)).toEqual([
      [Renamed],
      [Renamed],
      [Renamed],
    ]);
  });

  it('finds nothing under a name that nobody registered', () => {
    expect(eventRegistry().find('registry.nobody')).toEqual([]);
    expect(eventRegistry().find('__proto__')).toEqual([]);
  });

  it('remembers the class that was derived from what Event() made, once it is used', () => {
    class Used extends Event('registry.used') {}
    new Used();

    expect(registered('registry.used')).toEqual([Used]);
  });

  it('remembers the most derived class of a line', () => {
    class Base extends Event('registry.line') {}
    class Derived extends Base {}
    new Base();
    new Derived();
    new Base();

    expect(registered('registry.line')).toEqual([Derived]);
  });

  it('keeps the first of two classes that derive from one base', () => {
    const base = Event('registry.siblings');
    class First extends base {}
    class Second extends base {}
    new First();
    new Second();

    expect(registered('registry.siblings')).toEqual([First]);
  });

  it('keeps both of two classes that claim one name', () => {
    class One extends Event('registry.twice') {}
    class Two extends Event('registry.twice') {}
    new One();
    new Two();

    expect(registered('registry.twice')).toEqual([One, Two]);
  });

  it('names an entry once where an alias repeats its type', () => {
    Event('registry.same', { aliases: ['registry.same'] });

    expect(eventRegistry().find('registry.same')).toHaveLength(1);
  });

  it('lists everything in the order of registration', () => {
    const before = eventRegistry().all().length;
    Event('registry.z');
    Event('registry.a');

    const added = eventRegistry().all().slice(before);

    expect(added.map(({ definition }) => definition.type)).toEqual(['registry.z', 'registry.a']);
  });

  it('is one for the process, whichever copy of the package asks', () => {
    const shared = Reflect.get(globalThis, Symbol.for('everfold.event-registry'));

    expect(eventRegistry()).toBe(shared);
  });
});
