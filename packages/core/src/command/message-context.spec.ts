import { setTimeout as wait } from 'node:timers/promises';
import { BEFORE_ALL_POSITIONS } from '../event-store/position.js';
import type { CommandMiddleware } from './command-pipeline.js';
import { commandPipeline } from './command-pipeline.js';
import { CommandType } from './command-type.js';
import {
  currentContext,
  nextUpdateOf,
  outsideCommand,
  updatesSoFar,
  withContext,
} from './message-context.js';
import { idempotency } from './middleware.js';

@CommandType('context.greet')
class Greet {}

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
      nextUpdateOf('a', 'c'),
      nextUpdateOf('b', 'c'),
      nextUpdateOf('a', 'c'),
      withContext({}, () => nextUpdateOf('a', 'c')),
      nextUpdateOf('a', 'c'),
    ]);

    expect(counted).toEqual([0, 0, 1, 0, 2]);
    expect([nextUpdateOf('a', 'c'), nextUpdateOf('a', 'c')]).toEqual([0, 0]);
  });

  it('counts on in the contexts within one command, and anew where its id is given again', () => {
    const counted = withContext({ commandId: 'c' }, () => [
      nextUpdateOf('a', 'c'),
      withContext({ actor: 'ada' }, () => nextUpdateOf('a', 'c')),
      nextUpdateOf('a', 'c'),
      withContext({ commandId: 'c' }, () => nextUpdateOf('a', 'c')),
      withContext({ commandId: 'other' }, () => nextUpdateOf('a', 'c')),
    ]);

    expect(counted).toEqual([0, 1, 2, 0, 0]);
  });

  it('counts on in all contexts of a handler, those that repeat its id too', async () => {
    const handle = () => [
      nextUpdateOf('a', 'c'),
      withContext({ actor: 'ada' }, () => nextUpdateOf('a', 'c')),
      withContext({ ...currentContext(), actor: 'bob' }, () => nextUpdateOf('a', 'c')),
      outsideCommand({}, () => nextUpdateOf('a', 'c')),
    ];
    const run = () => commandPipeline(idempotency()).execute(new Greet(), handle);

    const [first, second] = await withContext({ commandId: 'c' }, async () => [
      await run(),
      await run(),
    ]);

    expect(first).toEqual([0, 1, 2, 0]);
    expect(second).toEqual(first);
  });

  it('tells how often a command has updated a stream so far', () => {
    const [before, after, other, outside] = withContext({ commandId: 'c-1' }, () => {
      const first = updatesSoFar('account-a');
      nextUpdateOf('account-a', 'c-1');
      nextUpdateOf('account-a', 'c-2');
      return [first, updatesSoFar('account-a'), updatesSoFar('account-b'), 0];
    });

    expect([before, after, other, outside]).toEqual([0, 1, 0, updatesSoFar('account-a')]);
    expect(withContext({}, () => updatesSoFar('account-a'))).toBe(0);
  });

  it('takes no stream and command for another pair that reads alike', () => {
    const counted = withContext({}, () => [
      nextUpdateOf('account-a', 'b c'),
      nextUpdateOf('account-a b', 'c'),
      nextUpdateOf('account-a', 'b", "c'),
    ]);

    expect(counted).toEqual([0, 0, 0]);
  });

  it('leaves behind what belongs to the outer command when another command is named', () => {
    const outer = {
      commandId: 'outer',
      commandHash: 'ab',
      issuedAt: BEFORE_ALL_POSITIONS,
      actor: 'ada',
    };

    const [other, none, same, own] = withContext(outer, () => [
      withContext({ commandId: 'inner' }, currentContext),
      withContext({ commandId: undefined }, currentContext),
      withContext({ commandId: 'outer' }, currentContext),
      withContext({ commandId: 'inner', commandHash: 'cd' }, currentContext),
    ]);

    expect(other).toEqual({ commandId: 'inner', actor: 'ada' });
    expect(none).toEqual({ commandId: undefined, actor: 'ada' });
    expect(same).toEqual(outer);
    expect(own).toEqual({ commandId: 'inner', commandHash: 'cd', actor: 'ada' });
  });

  it('lets a command id be made for work that has a position already', () => {
    const context = withContext({ issuedAt: BEFORE_ALL_POSITIONS }, () =>
      withContext({ commandId: 'made' }, currentContext),
    );

    expect(context).toEqual({ issuedAt: BEFORE_ALL_POSITIONS, commandId: 'made' });
  });

  it('leaves the command that is being handled, and keeps who acts and why', async () => {
    const pipeline = commandPipeline(idempotency());
    const context = { commandId: 'c-1', actor: 'ada', correlationId: 'r-1' };

    const [outside, isNested] = await withContext(context, () =>
      pipeline.execute(new Greet(), () =>
        outsideCommand({ causationId: 'e-1' }, async () => {
          let nested: boolean | undefined;
          const see: CommandMiddleware = (message, next) => {
            nested = message.isNested;
            return next();
          };
          await commandPipeline(see).execute(new Greet(), () => undefined);
          return [currentContext(), nested];
        }),
      ),
    );

    expect(outside).toEqual({ actor: 'ada', correlationId: 'r-1', causationId: 'e-1' });
    expect(isNested).toBe(false);
  });
});
