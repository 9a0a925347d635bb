import fc from 'fast-check';
import { checkedQuery } from './checked-query.js';
import { cursorBehind } from './cursor.js';
import type { Query } from './query.js';

interface Document {
  readonly owner: string;
  readonly balance: number;
  readonly openedAt: Date;
  readonly note?: string | null;
  readonly secret: string;
}

const projection = {
  name: 'accounts',
  indexes: [['owner'], ['owner', 'balance'], ['openedAt'], ['note']],
};
const check = (query: Query<Document>) => checkedQuery(projection, query);
const refused = (query: object) => {
  try {
    check(query);
  } catch (error) {
    return error;
  }
  return undefined;
};
const cursorOf = (query: Query<Document>, document: object, id = 'a') => {
  const { orderBy, shape } = check(query);
  return cursorBehind({ id, document, position: '1' as never }, orderBy, shape);
};

describe('A query', () => {
  it('asks for the first hundred documents by id where it says nothing', () => {
    const nothing = { where: [], orderBy: [], limit: 100 };

    expect(check({})).toMatchObject(nothing);
    expect(
      check({ where: undefined, orderBy: undefined, limit: undefined, cursor: undefined }),
    ).toMatchObject(nothing);
    expect(check({ where: { owner: undefined, balance: { gt: undefined } } })).toMatchObject(
      nothing,
    );
    expect(check({}).after).toBeUndefined();
  });

  it('is brought into the form of the port', () => {
    const at = new Date(5);

    expect(
      check({
        where: { owner: 'Ada', balance: { gte: 1, lt: 5 }, openedAt: at, note: null },
        orderBy: [
          ['owner', 'asc'],
          ['balance', 'desc'],
        ],
        limit: 10_000,
      }),
    ).toMatchObject({
      where: [
        { field: 'owner', eq: 'Ada' },
        { field: 'balance', gte: 1, lt: 5 },
        { field: 'openedAt', eq: at },
        { field: 'note', eq: null },
      ],
      orderBy: [
        { field: 'owner', direction: 'asc' },
        { field: 'balance', direction: 'desc' },
      ],
      limit: 10_000,
    });
  });

  it('names the index to declare for a field that is in none', () => {
    for (const query of [{ where: { secret: 'x' } }, { orderBy: [['secret', 'asc']] }]) {
      const error = refused(query);

      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({ message: expect.stringContaining("indexes: ['secret']") });
    }
  });

  it.each([
    ['an operator that there is not', { where: { owner: { like: 'A%' } } }],
    ['an operator of the database', { where: { owner: { $gt: '' } } }],
    ['a list for a value', { where: { owner: ['Ada'] } }],
    ['a list for a bound', { where: { balance: { gt: [1] } } }],
    ['an object for a bound', { where: { balance: { gt: {} } } }],
    ['NaN', { where: { balance: Number.NaN } }],
    ['an infinite bound', { where: { balance: { lt: Number.POSITIVE_INFINITY } } }],
    ['an invalid date', { where: { openedAt: new Date(Number.NaN) } }],
    ['a bigint', { where: { balance: 1n } }],
    ['half a surrogate pair', { where: { owner: '\ud800' } }],
    ['conditions that are no object', { where: 'owner' }],
    ['conditions in a list', { where: [{ owner: 'Ada' }] }],
    ['an order that is no list', { orderBy: { owner: 'asc' } }],
    ['an order without direction', { orderBy: ['owner'] }],
    ['a direction that there is not', { orderBy: [['owner', 'up']] }],
    [
      'a field twice',
      {
        orderBy: [
          ['owner', 'asc'],
          ['owner', 'desc'],
        ],
      },
    ],
    ['a limit of 0', { limit: 0 }],
    ['a limit above 10,000', { limit: 10_001 }],
    ['half a document', { limit: 1.5 }],
    ['something else', { sort: 'owner' }],
    ['a cursor that is no text', { cursor: 5 }],
    ['no object', null],
  ])('refuses %s', (_, query) => {
    expect(refused(query as object)).toBeInstanceOf(TypeError);
  });
});

describe('A cursor', () => {
  const query: Query<Document> = {
    where: { owner: 'Ada' },
    orderBy: [
      ['openedAt', 'desc'],
      ['note', 'asc'],
    ],
  };

  it('names the values of the ordering fields and the id of the last document', () => {
    const cursor = cursorOf(query, { openedAt: new Date(7), owner: 'Ada' }, 'größe');

    const { after } = check({ ...query, cursor });

    expect(after).toEqual({ values: [new Date(7), null], id: 'größe' });
  });

  it('brings every value and id back', () => {
    const scalar = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
      fc.boolean(),
      fc.constant(null),
      fc.date({ noInvalidDate: true }),
    );

    fc.assert(
      fc.property(scalar, scalar, fc.string({ unit: 'binary' }), (openedAt, note, id) => {
        const cursor = cursorOf(query, { openedAt, note }, id);

        expect(cursor).toMatch(/^[\w-]+$/);
        expect(check({ ...query, cursor }).after).toEqual({ values: [openedAt, note], id });
      }),
    );
  });

  it('belongs to what is asked for, however it is written down', () => {
    const both: Query<Document> = { where: { owner: 'Ada', balance: { gt: 1, lt: 3 } } };
    const cursor = cursorOf(both, {});

    const again = check({ where: { balance: { lt: 3, gt: 1 }, owner: 'Ada' }, limit: 7, cursor });

    expect(again.after).toEqual({ values: [], id: 'a' });
  });

  it.each<[string, Query<Document>]>([
    ['other values', { ...query, where: { owner: 'Bob' } }],
    ['fewer conditions', { ...query, where: {} }],
    ['another operator', { ...query, where: { owner: { gte: 'Ada' } } }],
    [
      'another direction',
      {
        ...query,
        orderBy: [
          ['openedAt', 'asc'],
          ['note', 'asc'],
        ],
      },
    ],
    [
      'another order',
      {
        ...query,
        orderBy: [
          ['note', 'asc'],
          ['openedAt', 'desc'],
        ],
      },
    ],
    ['fewer fields', { ...query, orderBy: [['openedAt', 'desc']] }],
  ])('is refused by a query with %s', (_, other) => {
    const cursor = cursorOf(query, { openedAt: new Date(7) });

    expect(refused({ ...other, cursor })).toBeInstanceOf(TypeError);
  });

  it('tells a date from its milliseconds and its text', () => {
    const shapes = [new Date(0), 0, new Date(0).toISOString(), [0]].map((value) => {
      try {
        return check({ where: { openedAt: value as Date } }).shape;
      } catch {
        return undefined;
      }
    });

    expect(new Set(shapes).size).toBe(4);
  });

  it('is refused by another read model', () => {
    const { orderBy, shape } = checkedQuery({ ...projection, name: 'others' }, query);
    const cursor = cursorBehind({ id: 'a', document: {}, position: '1' as never }, orderBy, shape);

    expect(refused({ ...query, cursor })).toBeInstanceOf(TypeError);
  });

  it('is refused when anything in it was changed', () => {
    const cursor = cursorOf(query, { openedAt: new Date(7), note: 'x' });
    const bytes = Buffer.from(cursor, 'base64url');

    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (bytes[at] ?? 0) ^ 1;
      expect(refused({ ...query, cursor: damaged.toString('base64url') })).toBeInstanceOf(
        TypeError,
      );
    }
    for (const text of ['', 'x', '!', cursor.slice(0, -4), 'bnVsbA', 'W10'])
      expect(refused({ ...query, cursor: text })).toBeInstanceOf(TypeError);
  });
});
