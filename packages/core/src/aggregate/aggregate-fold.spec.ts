import { Event } from '../event/event.js';
import { aggregate, foldDefinition } from './aggregate-fold.js';

class Opened extends Event('fold.opened')<{ owner: string }> {}
class Renamed extends Event('fold.renamed', { aliases: ['fold.called'] })<{ owner: string }> {}

const begin = () => aggregate('foldSpec', { initial: () => '' });

describe('An aggregate fold', () => {
  it('is immutable: every step is a fold of its own', () => {
    const empty = begin();
    const opened = empty.on(Opened, (_state, { owner }) => owner);
    const tolerant = opened.ignore('fold.legacy');

    expect(foldDefinition(empty).handlers.size).toBe(0);
    expect([...foldDefinition(opened).handlers.keys()]).toEqual(['fold.opened']);
    expect(foldDefinition(opened).ignored.size).toBe(0);
    expect([...foldDefinition(tolerant).ignored]).toEqual(['fold.legacy']);
    expect(tolerant.category).toBe('foldSpec');
  });

  it('handles an event under its old names too', () => {
    const { handlers } = foldDefinition(begin().on(Renamed, (_state, { owner }) => owner));

    expect([...handlers.keys()]).toEqual(['fold.renamed', 'fold.called']);
  });

  it('refuses a second fold for one stored name, under an alias too', () => {
    class Called extends Event('fold.called')<{ owner: string }> {}
    const fold = begin().on(Renamed, (state) => state);

    expect(() => fold.on(Renamed, (state) => state)).toThrow(/twice/);
    expect(() => fold.on(Called, (state) => state)).toThrow(TypeError);
  });

  it('refuses to ignore what it handles, in either order', () => {
    expect(() =>
      begin()
        .on(Opened, (state) => state)
        .ignore('fold.opened'),
    ).toThrow(TypeError);
    expect(() =>
      begin()
        .ignore('fold.opened')
        .on(Opened, (state) => state),
    ).toThrow(TypeError);
  });

  it('refuses what is no event class, and what is no fold', () => {
    class Plain {}

    expect(() => begin().on(Plain, (state) => state)).toThrow(/no event class/);
    expect(() => begin().on(Opened, undefined as unknown as (s: string) => string)).toThrow(
      TypeError,
    );
  });

  it.each(['', 'with-dash', '1st', '$system', 'with space'])(
    'refuses the category %p',
    (category) => {
      expect(() => aggregate(category, { initial: () => 0 })).toThrow(TypeError);
    },
  );

  it.each([0, -1, 1.5, Number.NaN])('refuses the schema version %p', (schemaVersion) => {
    expect(() => aggregate('foldSpec', { initial: () => 0, schemaVersion })).toThrow(TypeError);
  });
});
