import { EventVersionTooNewError } from '../event/errors.js';
import { Event } from '../event/event.js';
import { upcasts } from '../event/upcasts.js';
import type { RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { projectionDefinition } from './definition.js';
import { foldDocument, routeEvent } from './fold.js';
import type { Projection } from './projection.js';
import { projection } from './projection.js';

class Opened extends Event('fold.opened')<{ owner: string }> {}
class Paid extends Event(
  'fold.paid',
  upcasts<{ amount: number }>().to((old) => ({ ...old, note: 'none' })),
) {}
class Closed extends Event('fold.closed') {}

interface Account {
  readonly owner: string;
  readonly balance: number;
}

const empty = projection<Account>('accounts', { version: 1 });
const accounts = empty
  .start(Opened, ({ owner }) => ({ owner, balance: 0 }))
  .on(Paid, (it, { amount }) =>
    amount === 0 ? undefined : { ...it, balance: it.balance + amount },
  )
  .remove(Closed);

function recorded(
  event: { readonly type: string; readonly version: number },
  data: RecordedEvent['data'] = {},
  place: Partial<RecordedEvent> = {},
): RecordedEvent {
  return {
    id: 'e-1',
    type: event.type,
    version: event.version,
    data,
    metadata: { correlationId: 'c-1' },
    stream: 'account-1-2',
    revision: 3,
    position: '7' as Position,
    recordedAt: new Date(5),
    ...place,
  };
}

function route(of: Projection<Account>, event: RecordedEvent) {
  return routeEvent(projectionDefinition(of), event);
}

function fold(
  of: Projection<Account>,
  event: RecordedEvent,
  document: object | undefined,
  id = '1-2',
) {
  const routed = route(of, event);
  if (routed === undefined) throw new TypeError('not handled');
  return foldDocument(projectionDefinition(of), routed, id, document);
}

describe('routeEvent', () => {
  it('passes over what no handler knows', () => {
    expect(route(accounts, recorded({ type: 'fold.other', version: 1 }))).toBeUndefined();
  });

  it('gives the event as an instance, its context, and the id of the aggregate', () => {
    const routed = route(accounts, recorded(Opened, { owner: 'Ada' }));

    expect(routed?.event).toBeInstanceOf(Opened);
    expect(routed?.event).toEqual(new Opened({ owner: 'Ada' }));
    expect(routed?.documentIds).toEqual(['1-2']);
    expect(routed?.context).toMatchObject({
      eventId: 'e-1',
      stream: 'account-1-2',
      aggregateId: '1-2',
      revision: 3,
      metadata: { correlationId: 'c-1' },
      position: '7',
      recordedAt: new Date(5),
    });
  });

  it('upcasts old versions, and refuses newer ones', () => {
    expect(
      route(accounts, recorded({ ...Paid, type: Paid.type, version: 1 }, { amount: 1 }))?.event,
    ).toMatchObject({ amount: 1, note: 'none' });
    expect(() => route(accounts, recorded({ type: Paid.type, version: 3 }))).toThrow(
      EventVersionTooNewError,
    );
  });

  it.each<[string, string | readonly string[] | undefined, readonly string[]]>([
    ['one id', 'all', ['all']],
    ['several', ['a', 'b'], ['a', 'b']],
    ['each of several once', ['a', 'b', 'a'], ['a', 'b']],
    ['none', undefined, []],
    ['none of several', [], []],
    ['the longest id', 'ü'.repeat(500), ['ü'.repeat(500)]],
  ])('asks the projection for %s', (_, said, ids) => {
    const addressed = empty.on(Closed, (it) => it, { id: () => said });

    expect(route(addressed, recorded(Closed))?.documentIds).toEqual(ids);
  });

  it('tells event and context to whom it asks', () => {
    const addressed = empty.on(Paid, (it) => it, {
      id: ({ amount }, { recordedAt }) => [String(amount), recordedAt.toISOString().slice(0, 10)],
    });

    expect(route(addressed, recorded(Paid, { amount: 5, note: '' }))?.documentIds).toEqual([
      '5',
      '1970-01-01',
    ]);
  });

  it.each([
    ['an empty id', ''],
    ['half a surrogate pair', '\ud800'],
    ['more than 1,000 bytes', 'ü'.repeat(501)],
    ['a number', [5]],
    ['nothing among several', ['a', undefined]],
  ])('refuses %s', (_, said) => {
    const addressed = empty.on(Closed, (it) => it, { id: () => said as string });

    expect(() => route(addressed, recorded(Closed))).toThrow(TypeError);
  });
});

describe('foldDocument', () => {
  const document: Account = { owner: 'Ada', balance: 5 };

  it('begins, changes and removes documents', () => {
    expect(fold(accounts, recorded(Opened, { owner: 'Ada' }), undefined)).toEqual({
      kind: 'document',
      document: { owner: 'Ada', balance: 0 },
    });
    expect(fold(accounts, recorded(Paid, { amount: 2, note: '' }), document)).toEqual({
      kind: 'document',
      document: { owner: 'Ada', balance: 7 },
    });
    expect(fold(accounts, recorded(Paid, { amount: 0, note: '' }), document)).toEqual({
      kind: 'removed',
    });
    expect(fold(accounts, recorded(Closed), document)).toEqual({ kind: 'removed' });
  });

  it('skips what finds no document', () => {
    expect(fold(accounts, recorded(Paid, { amount: 2, note: '' }), undefined)).toEqual({
      kind: 'skipped',
    });
    expect(fold(accounts, recorded(Closed), undefined)).toEqual({ kind: 'skipped' });
  });

  it('makes documents on their first event where it is told how', () => {
    const days = projection<Account>('days', {
      version: 1,
      initial: (documentId) => ({ owner: documentId, balance: 0 }),
    }).on(Paid, (it, { amount }, { documentId }) => ({
      owner: `${it.owner} ${documentId}`,
      balance: it.balance + amount,
    }));

    expect(fold(days, recorded(Paid, { amount: 2, note: '' }), undefined, 'd')).toEqual({
      kind: 'document',
      document: { owner: 'd d', balance: 2 },
    });
  });

  it('fails when an event begins a document that is there', () => {
    expect(() => fold(accounts, recorded(Opened, { owner: 'Bob' }), document)).toThrow(
      /is there already/,
    );
  });

  it.each([
    ['null', null],
    ['a number', 5],
    ['a list', []],
    ['a promise', Promise.resolve(document)],
  ])('fails when a fold returns %s', (_, returned) => {
    const wrong = empty.on(Paid, () => returned as never);

    expect(() => fold(wrong, recorded(Paid, { amount: 1, note: '' }), document)).toThrow(TypeError);
  });

  it('fails when nothing begins a document', () => {
    const wrong = empty.start(Opened, () => undefined as never);

    expect(() => fold(wrong, recorded(Opened, { owner: 'Ada' }), undefined)).toThrow(TypeError);
  });
});
