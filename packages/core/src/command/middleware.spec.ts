import { IsInt, IsString, Min, registerDecorator, ValidateNested } from 'class-validator';
import { ConcurrencyError } from '../aggregate/errors.js';
import { AppendOutcomeUnknownError, StoreUnavailableError } from '../event-store/errors.js';
import { commandHash, decodeCommand, encodeCommand } from './command-codec.js';
import type { CommandMiddleware } from './command-pipeline.js';
import { commandPipeline } from './command-pipeline.js';
import { CommandType } from './command-type.js';
import { DomainError } from './domain-error.js';
import { CommandInvalidError } from './errors.js';
import { currentContext, nextUpdateOf, withContext } from './message-context.js';
import { authorisation, idempotency, retry, validation } from './middleware.js';

class Line {
  @IsInt() amount = 1;
}

@CommandType('middleware.order')
class Order {
  @IsString() readonly name: string;
  @IsInt() @Min(1) readonly amount: number;
  readonly extra: unknown = 'kept';
  @ValidateNested() readonly lines: readonly Line[] = [new Line()];
  constructor(name: string, amount: number) {
    this.name = name;
    this.amount = amount;
  }
}
@CommandType('middleware.bare')
class Bare {
  readonly amount: unknown = 'not a number';
}
class Refused extends DomainError {
  readonly code = 'refused';
}

const order = () => new Order('tea', 2);
const failing = (error: Error, times: number) => {
  const handler = Object.assign(
    async () => {
      handler.runs += 1;
      if (handler.runs <= times) throw error;
      return 'done';
    },
    { runs: 0 },
  );
  return handler;
};
const withId = <R>(run: () => R) => withContext({ commandId: 'c-1' }, run);

describe('A pipeline', () => {
  it('runs its steps around the handler, the first one outermost', async () => {
    const order_: string[] = [];
    const step =
      (name: string): CommandMiddleware =>
      async (_message, next) => {
        order_.push(`${name} in`);
        const result = await next();
        order_.push(`${name} out`);
        return result;
      };

    const result = await commandPipeline(step('a'), step('b')).execute(order(), ({ name }) => {
      order_.push(name);
      return 5;
    });

    expect(result).toBe(5);
    expect(order_).toEqual(['a in', 'b in', 'tea', 'b out', 'a out']);
  });

  it('rejects with what the handler throws, also when it throws at once', async () => {
    const pipeline = commandPipeline(validation(), idempotency(), retry());

    const run = pipeline.execute(order(), () => {
      throw new Refused('no');
    });

    await expect(run).rejects.toThrow(Refused);
  });

  it('counts updates from 0 each time the handler runs, and on inside of it', async () => {
    const counts: number[] = [];
    const twice: CommandMiddleware = async (_message, next) => {
      await next();
      return next();
    };
    const inner = commandPipeline();

    await withId(() =>
      commandPipeline(twice).execute(order(), async () => {
        counts.push(nextUpdateOf('s', 'c'));
        await inner.execute(new Bare(), () => counts.push(nextUpdateOf('s', 'c')));
      }),
    );

    expect(counts).toEqual([0, 1, 0, 1]);
  });

  it('takes a command with an id of its own for no part of the outer one', async () => {
    const nested: boolean[] = [];
    const look: CommandMiddleware = async ({ isNested }, next) => {
      nested.push(isNested);
      return next();
    };
    const pipeline = commandPipeline(look);

    await withId(() =>
      pipeline.execute(order(), async () => {
        await pipeline.execute(order(), () => undefined);
        await withContext({ commandId: 'c-2' }, () => pipeline.execute(order(), () => undefined));
      }),
    );

    expect(nested).toEqual([false, true, false]);
  });
});

describe('Idempotency', () => {
  it('gives the handler the hash of a command that has an id', async () => {
    const context = await withId(() =>
      commandPipeline(idempotency()).execute(order(), () => currentContext()),
    );

    expect(context).toMatchObject({ commandId: 'c-1', commandHash: commandHash(order()) });
  });

  it('leaves a command without an id alone, unless it can make one', async () => {
    const without = await commandPipeline(idempotency()).execute(order(), () => currentContext());
    const made = await commandPipeline(idempotency({ newCommandId: () => 'made' })).execute(
      order(),
      () => currentContext(),
    );

    expect(without).not.toHaveProperty('commandHash');
    expect(made).toMatchObject({ commandId: 'made', commandHash: commandHash(order()) });
  });
});

describe('Validation', () => {
  const pipeline = commandPipeline(validation());
  const echo = (command: object) => command;

  it('refuses a command that breaks the rules of its class, and says which', async () => {
    const handler = failing(new Error('handled'), 0);

    const run = pipeline.execute(new Order(5 as unknown as string, 0), handler);

    await expect(run).rejects.toThrow(CommandInvalidError);
    await expect(run).rejects.toMatchObject({
      code: 'COMMAND_INVALID',
      type: 'middleware.order',
      errors: [{ path: 'name' }, { path: 'amount' }],
    });
    expect(handler.runs).toBe(0);
  });

  it('strips nothing, and lets commands without rules pass', async () => {
    const command = order();

    await expect(pipeline.execute(command, echo)).resolves.toBe(command);
    expect(command.extra).toBe('kept');
    await expect(pipeline.execute(new Bare(), echo)).resolves.toBeInstanceOf(Bare);
  });

  it('validates what was stored and comes back', async () => {
    const { type, data } = encodeCommand(Object.assign(order(), { lines: [] }));
    const stored = { type, data: { ...data, amount: -5 } };

    const run = pipeline.execute(decodeCommand(stored), echo);

    await expect(run).rejects.toMatchObject({ errors: [{ path: 'amount' }] });
  });

  it('names the path of what is wrong further down, and refuses what has no rules there', async () => {
    const wrong = Object.assign(order(), {
      lines: [new Line(), Object.assign(new Line(), { amount: 0.5 })],
    });
    const unknown = Object.assign(order(), { lines: [{ amount: 0.5 }] });

    await expect(pipeline.execute(wrong, echo)).rejects.toMatchObject({
      errors: [{ path: 'lines.1.amount' }],
    });
    await expect(pipeline.execute(unknown, echo)).rejects.toThrow(CommandInvalidError);
  });

  it('awaits rules that are asynchronous', async () => {
    @CommandType('middleware.slow')
    class Slow {
      readonly value = 1;
    }
    registerDecorator({
      name: 'never',
      target: Slow,
      propertyName: 'value',
      async: true,
      validator: { validate: async () => false, defaultMessage: () => 'never' },
    });

    await expect(pipeline.execute(new Slow(), echo)).rejects.toMatchObject({
      errors: [{ path: 'value', messages: ['never'] }],
    });
  });
});

describe('Authorisation', () => {
  it('shows who acts, and refuses what it is told to refuse', async () => {
    const pipeline = commandPipeline(authorisation((_command, { actor }) => actor === 'ada'));
    const run = (actor: string) =>
      withContext({ actor }, () => pipeline.execute(order(), () => 'done'));

    await expect(run('ada')).resolves.toBe('done');
    await expect(run('bob')).rejects.toBeInstanceOf(DomainError);
    await expect(run('bob')).rejects.toMatchObject({ code: 'not-authorised' });
  });
});

describe('Retry', () => {
  const pipeline = commandPipeline(retry({ baseMs: 1, maxMs: 2 }));

  it.each([
    new ConcurrencyError('s', 1, 4),
    new StoreUnavailableError('gone'),
    new AppendOutcomeUnknownError('s'),
  ])('handles a command again that failed for what may pass: %p', async (error) => {
    const handler = failing(error, 3);

    await expect(withId(() => pipeline.execute(order(), handler))).resolves.toBe('done');
    expect(handler.runs).toBe(4);
  });

  it('gives up with the last failure', async () => {
    const error = new StoreUnavailableError('gone');
    const handler = failing(error, 99);

    await expect(withId(() => pipeline.execute(order(), handler))).rejects.toBe(error);
    expect(handler.runs).toBe(4);
  });

  it.each([new Refused('no'), new TypeError('bug'), new Error('whatever')])(
    'does not repeat what will not pass: %p',
    async (error) => {
      const handler = failing(error, 1);

      await expect(withId(() => pipeline.execute(order(), handler))).rejects.toBe(error);
      expect(handler.runs).toBe(1);
    },
  );

  it('does not retry a refusal even when it is told that everything passes', async () => {
    const eager = commandPipeline(retry({ baseMs: 1, isPassing: () => true }));
    const handler = failing(new Refused('no'), 1);

    await expect(withId(() => eager.execute(order(), handler))).rejects.toThrow(Refused);
    expect(handler.runs).toBe(1);
  });

  it('does not repeat a command that has no id: it might act twice', async () => {
    const handler = failing(new StoreUnavailableError('gone'), 1);

    await expect(pipeline.execute(order(), handler)).rejects.toThrow('gone');
    expect(handler.runs).toBe(1);
  });
});
