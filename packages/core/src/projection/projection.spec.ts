import { Event } from '../event/event.js';
import { EventType } from '../event/event-type.js';
import { upcasts } from '../event/upcasts.js';
import { isProjection, projectionDefinition } from './definition.js';
import type { ProjectionOptions } from './projection.js';
import { projection } from './projection.js';

class Opened extends Event('projection.opened', { aliases: ['projection.created'] })<{
  owner: string;
}> {}
class Paid extends Event(
  'projection.paid',
  upcasts<{ amount: number }>().to((old) => ({ ...old, note: '' })),
) {}
class Closed extends Event('projection.closed') {}
@EventType('projection.plain')
class Plain {}

interface Account {
  readonly owner: string;
  readonly balance: number;
}

const options: ProjectionOptions<Account> = { version: 1 };
const empty = projection<Account>('accounts', options);
const opened = () => ({ owner: '', balance: 0 });

describe('A projection', () => {
  it('has a name, a version, and defaults for everything else', () => {
    expect(empty).toMatchObject({ name: 'accounts', version: 1 });
    expect(projectionDefinition(empty)).toMatchObject({
      name: 'accounts',
      version: 1,
      indexes: [],
      segments: 8,
      initial: undefined,
      batch: { maxEvents: 5_000, maxDelayMs: 20 },
      onFailure: 'stop',
      maxAttempts: 5,
    });
  });

  it('takes everything that is said otherwise', () => {
    const initial = opened;
    const said = projection<Account>('accounts', {
      version: 7,
      indexes: ['owner', ['owner', 'balance'], ['owner']],
      initial,
      segments: 64,
      batch: { maxEvents: 1, maxDelayMs: 0 },
      onFailure: 'park',
      maxAttempts: 100,
    });

    expect(projectionDefinition(said)).toMatchObject({
      version: 7,
      indexes: [['owner'], ['owner', 'balance']],
      initial,
      segments: 64,
      batch: { maxEvents: 1, maxDelayMs: 0 },
      onFailure: 'park',
      maxAttempts: 100,
    });
  });

  it('knows handlers by stored type, aliases and decorated classes included', () => {
    const id = () => 'all';
    const { handlers } = projectionDefinition(
      empty
        .start(Opened, opened)
        .on(Paid, (it) => it, { id })
        .remove(Closed)
        .on(Plain, (it) => it),
    );

    expect([...handlers.keys()]).toEqual([
      'projection.opened',
      'projection.created',
      'projection.paid',
      'projection.closed',
      'projection.plain',
    ]);
    expect(handlers.get('projection.created')).toMatchObject({
      kind: 'start',
      eventClass: Opened,
      version: 1,
      ids: undefined,
    });
    expect(handlers.get('projection.paid')).toMatchObject({ kind: 'on', version: 2, ids: id });
    expect(handlers.get('projection.closed')).toMatchObject({ kind: 'remove' });
  });

  it('stays as it is when it is extended', () => {
    const first = empty.start(Opened, opened);

    first.on(Paid, (it) => it);
    first.remove(Paid);

    expect(projectionDefinition(empty).handlers.size).toBe(0);
    expect(projectionDefinition(first).handlers.size).toBe(2);
  });

  it('handles an event once', () => {
    const started = empty.start(Opened, opened);

    expect(() => started.on(Opened, (it) => it)).toThrow(/handles 'projection.opened' twice/);
    expect(() => started.remove(Opened)).toThrow(TypeError);
  });

  it.each(['', '1st', 'a b', 'a/b', 'a@b', 'ä', 'x'.repeat(101), 5, undefined])(
    'refuses %j for a name',
    (name) => {
      expect(() => projection(name as string, options)).toThrow(TypeError);
    },
  );

  it.each([
    ['no version', { version: undefined }],
    ['version 0', { version: 0 }],
    ['half a version', { version: 1.5 }],
    ['no segments', { segments: 0 }],
    ['65 segments', { segments: 65 }],
    ['no attempt', { maxAttempts: 0 }],
    ['101 attempts', { maxAttempts: 101 }],
    ['empty batches', { batch: { maxEvents: 0 } }],
    ['batches of more than 100,000', { batch: { maxEvents: 100_001 } }],
    ['a delay into the past', { batch: { maxDelayMs: -1 } }],
    ['another policy', { onFailure: 'skip' }],
    ['an index of no field', { indexes: [[]] }],
    ['an index of an empty name', { indexes: [''] }],
    ['an index of a field twice', { indexes: [['owner', 'owner']] }],
    ['an index of a number', { indexes: [[1]] }],
  ])('refuses %s', (_, wrong) => {
    const all = { ...options, ...wrong } as unknown as ProjectionOptions<Account>;

    expect(() => projection<Account>('accounts', all)).toThrow(TypeError);
  });

  it('refuses what is no event class, no fold, or no id', () => {
    class Unknown {}

    expect(() => empty.start(Unknown, opened)).toThrow(TypeError);
    expect(() => empty.remove(Unknown)).toThrow(TypeError);
    expect(() => empty.on(Paid, undefined as never)).toThrow(TypeError);
    expect(() => empty.start(Opened, {} as never)).toThrow(TypeError);
    expect(() => empty.remove(Closed, { id: 'all' as never })).toThrow(TypeError);
  });

  it('is told from everything else', () => {
    expect([empty, empty.remove(Closed)].map(isProjection)).toEqual([true, true]);
    expect([{ ...empty }, { name: 'accounts' }, undefined, 5].map(isProjection)).toEqual(
      Array(4).fill(false),
    );
    expect(() => projectionDefinition({ name: 'accounts' })).toThrow(TypeError);
  });
});
