import { Aggregate, AggregateRoot, On } from '../aggregate/aggregate-root.js';
import { Event } from '../event/event.js';
import type { Position } from '../event-store/position.js';
import { classReactor } from './class-reactor.js';
import { definedReactor, isReactor } from './definition.js';
import { reactor } from './reactor.js';
import type { ReactorContext } from './reactor-context.js';
import { reactorKey } from './reactor-key.js';

class Opened extends Event('reactor-spec.opened', { aliases: ['reactor-spec.begun'] })<{
  owner: string;
}> {}
class Closed extends Event('reactor-spec.closed') {}

const nothing = async (): Promise<void> => undefined;
const context = { key: 'k', attempt: 1 } as ReactorContext;

describe('A reactor', () => {
  it('begins at the start, stops at what fails ten times, and handles sixteen events at a time', () => {
    expect(definedReactor(reactor('audit'))).toEqual({
      name: 'audit',
      from: 'start',
      orderedBy: undefined,
      onFailure: 'stop',
      maxAttempts: 10,
      segments: 8,
      concurrency: 16,
      handlers: new Map(),
    });
  });

  it('keeps what was said of it', () => {
    const options = {
      from: '000001' as Position,
      orderedBy: () => 'all',
      onFailure: 'park',
      maxAttempts: 3,
      segments: 2,
      concurrency: 1,
    } as const;

    expect(definedReactor(reactor('audit', options))).toMatchObject(options);
  });

  it('handles an event under all its stored names', () => {
    const { handlers } = definedReactor(reactor('audit').on(Opened, nothing).on(Closed, nothing));

    expect([...handlers.keys()]).toEqual([
      'reactor-spec.opened',
      'reactor-spec.begun',
      'reactor-spec.closed',
    ]);
  });

  it('is not changed by on()', () => {
    const before = reactor('audit').on(Closed, nothing);

    before.on(Opened, nothing);

    expect(definedReactor(before).handlers.size).toBe(1);
  });

  it('is known among other values', () => {
    expect(isReactor(reactor('audit').on(Closed, nothing))).toBe(true);
    for (const other of [undefined, null, 'audit', { name: 'audit' }])
      expect(isReactor(other)).toBe(false);
  });

  it.each([
    ['a name that is none', () => reactor('1st mail')],
    ['an empty place to begin', () => reactor('mail', { from: '' as 'now' })],
    ['another policy', () => reactor('mail', { onFailure: 'skip' as 'stop' })],
    ['no attempt', () => reactor('mail', { maxAttempts: 0 })],
    ['no segment', () => reactor('mail', { segments: 0 })],
    ['half an event at a time', () => reactor('mail', { concurrency: 0.5 })],
    ['an order that is no function', () => reactor('mail', { orderedBy: 'owner' as never })],
    ['a class that is no event', () => reactor('mail').on(class Thing {}, nothing)],
    ['a handler that is none', () => reactor('mail').on(Opened, 'send' as never)],
    ['an event twice', () => reactor('mail').on(Opened, nothing).on(Opened, nothing)],
    ['a definition that is none', () => definedReactor({ name: 'mail' })],
  ])('refuses %s', (_, misuse) => {
    expect(misuse).toThrow(TypeError);
  });
});

describe('A reactor of a class', () => {
  class Mailer {
    readonly sent: string[] = [];
    @On(Opened) async opened({ owner }: Opened, { key }: ReactorContext): Promise<void> {
      this.sent.push(`${owner} ${key}`);
    }
  }

  class LoudMailer extends Mailer {
    override async opened({ owner }: Opened): Promise<void> {
      this.sent.push(owner.toUpperCase());
    }
    @On(Closed) async closed(_event: Closed): Promise<void> {
      this.sent.push('closed');
    }
  }

  it('calls its methods on the object', async () => {
    const mailer = new Mailer();
    const { handlers, maxAttempts } = definedReactor(
      classReactor('mail', { maxAttempts: 2 }, mailer),
    );

    await handlers.get('reactor-spec.opened')?.handle(new Opened({ owner: 'Ann' }), context);

    expect(mailer.sent).toEqual(['Ann k']);
    expect(maxAttempts).toBe(2);
  });

  it('has the methods of the class that it extends, as they are overridden', async () => {
    const mailer = new LoudMailer();
    const { handlers } = definedReactor(classReactor('mail', {}, mailer));

    await handlers.get('reactor-spec.begun')?.handle(new Opened({ owner: 'Ann' }), context);
    await handlers.get('reactor-spec.closed')?.handle(new Closed(), context);

    expect(mailer.sent).toEqual(['ANN', 'closed']);
  });

  it('wants a method', () => {
    expect(() => classReactor('mail', {}, { send: nothing })).toThrow('@On(Event)');
  });

  it('does not get in the way of aggregates', () => {
    @Aggregate('reactor_spec')
    class Account extends AggregateRoot {
      owner = '';
      @On(Opened) protected opened({ owner }: Opened): void {
        this.owner = owner;
      }
    }

    expect(isReactor(new Account())).toBe(false);
  });
});

describe('The key of an event', () => {
  it('never changes', () => {
    const key = reactorKey('welcome-mail', '01890a5d-ac96-774b-bcce-b302099a8057');

    expect(key).toBe('3779c26f-7a08-5a1e-a979-8c22bb2d0b0c');
  });

  it('is another for each reactor and for each event', () => {
    const keys = ['a', 'b'].flatMap((name) => ['1', '2'].map((id) => reactorKey(name, id)));

    expect(new Set(keys).size).toBe(4);
  });
});
