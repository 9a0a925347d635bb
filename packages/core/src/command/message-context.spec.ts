import { setTimeout as wait } from 'node:timers/promises';
import { currentContext, nextUpdateOf, withContext } from './message-context.js';

describe('A message context', () => {
  it('is empty outside, and gone afterwards', () => {
    withContext({ actor: 'ada' }, () => undefined);

    expect(currentContext()).toEqual({});
  });

  it('reaches everything asynchronous that is begun in it, and nothing else', async () => {
    const read = async () => {
      await wait(1);
      return currentContext().actor;
    };

    const actors = await Promise.all([
      withContext({ actor: 'ada' }, read),
      withContext({ actor: 'bob' }, read),
      read(),
    ]);

    expect(actors).toEqual(['ada', 'bob', undefined]);
  });

  it('replaces inside of another what it names, and keeps the rest', () => {
    const inner = withContext({ actor: 'ada', tenant: 'north' }, () =>
      withContext({ actor: 'bob' }, currentContext),
    );

    expect(inner).toEqual({ actor: 'bob', tenant: 'north' });
  });

  it('counts the updates of each stream, anew in each context', () => {
    const counted = withContext({}, () => [
      nextUpdateOf('a'),
      nextUpdateOf('b'),
      nextUpdateOf('a'),
      withContext({}, () => nextUpdateOf('a')),
      nextUpdateOf('a'),
    ]);

    expect(counted).toEqual([0, 0, 1, 0, 2]);
    expect([nextUpdateOf('a'), nextUpdateOf('a')]).toEqual([0, 0]);
  });
});
