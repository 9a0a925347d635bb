import {
  type ConsumerReport,
  createToken,
  EventVersionTooNewError,
  ForeignPositionError,
  type LiveProjection,
  newEventId,
  openLiveProjection,
  projection,
  ReadModelBehindError,
  ReadSession,
  StoreUnavailableError,
  UnserializableDocumentError,
} from '@everfold/core';
import { MemoryEventStore } from '@everfold/memory';
import { type Account, account, accounts, Closed, Opened, Paid } from './events.js';
import { at, OTHER_LOG, tokenAt } from './written-model.js';

const AT_FIRST = 1_700_000_000_000;

async function append(store: MemoryEventStore, id: string, ...events: readonly object[]) {
  let last: Awaited<ReturnType<MemoryEventStore['append']>> | undefined;
  for (const event of events) {
    const { type, version } = event.constructor as unknown as { type: string; version: number };
    last = await store.append(`account-${id}`, [
      {
        id: newEventId(),
        type,
        version,
        data: { ...event } as never,
        metadata: { correlationId: newEventId() },
      },
    ]);
  }
  if (last === undefined) throw new TypeError('Nothing to append.');
  return last.token;
}

describe('A live projection', () => {
  let store: MemoryEventStore;
  const open: AsyncDisposable[] = [];
  const reports: ConsumerReport[] = [];

  beforeEach(() => {
    store = new MemoryEventStore({ clock: { now: () => AT_FIRST } });
    reports.length = 0;
  });
  afterEach(async () => {
    for (const live of open.splice(0)) await live[Symbol.asyncDispose]();
  });

  async function live<D extends object = Account>(
    its = accounts as never,
  ): Promise<LiveProjection<D>> {
    const opened = await openLiveProjection<D>(store, its, { report: (it) => reports.push(it) });
    open.push(opened);
    return opened;
  }

  it('has all that the log holds when it is open', async () => {
    await append(store, '1', new Opened({ owner: 'Ada' }), new Paid({ amount: 5 }));
    await append(store, '2', new Opened({ owner: 'Bob' }), new Closed());
    await append(store, '3', new Paid({ amount: 5 }));

    const model = await live();

    expect(await model.get('1')).toEqual(account('Ada', 5, new Date(AT_FIRST)));
    expect(await model.getMany(['3', '2', '1'])).toEqual(
      new Map([['1', account('Ada', 5, new Date(AT_FIRST))]]),
    );
    expect(model.position).toBe(await store.head());
    expect(model.name).toBe('accounts');
  });

  it('opens on an empty log, and follows it', async () => {
    const model = await live();
    expect(await model.get('1')).toBeUndefined();

    const after = await append(store, '1', new Opened({ owner: 'Ada' }));

    expect(await model.get('1', { after })).toMatchObject({ owner: 'Ada' });
  });

  it('waits for a token, and says when that takes too long', async () => {
    const model = await live();
    const log = await store.identity();
    const read = model.find({}, { after: createToken(log, at(2)) });

    await append(store, '1', new Opened({ owner: 'Ada' }), new Paid({ amount: 1 }));

    expect((await read).items).toHaveLength(1);
    await expect(
      model.get('1', { after: createToken(log, at(9)), timeoutMs: 5 }),
    ).rejects.toMatchObject({
      code: ReadModelBehindError.code,
      readModel: 'accounts',
      after: at(9),
    });
    await expect(model.get('1', { after: tokenAt(1, OTHER_LOG) })).rejects.toThrow(
      ForeignPositionError,
    );
    await expect(
      model.get('1', { signal: AbortSignal.abort(new Error('enough')) }),
    ).rejects.toThrow('enough');
  });

  it('answers the queries of a stored one', async () => {
    for (let n = 0; n < 7; n += 1)
      await append(
        store,
        `${n}`,
        new Opened({ owner: n % 2 ? 'Ada' : 'Bob' }),
        new Paid({ amount: n }),
      );
    const model = await live();
    const query = {
      where: { owner: 'Bob', balance: { gt: 0 } },
      orderBy: [['balance', 'desc']],
      limit: 2,
    } as const;

    const first = await model.find(query);
    const second = await model.find({ ...query, cursor: first.next });

    expect(first.items.map(({ balance }) => balance)).toEqual([6, 4]);
    expect(second.items.map(({ balance }) => balance)).toEqual([2]);
    expect(second.next).toBeUndefined();
    expect(second.parked).toBe(0);
    await expect(model.find({ where: { secret: 1 } as never })).rejects.toThrow(TypeError);
    await expect(model.find({ cursor: 'x' })).rejects.toThrow(TypeError);
  });

  it('hands out copies', async () => {
    await append(store, '1', new Opened({ owner: 'Ada' }));
    const model = await live();

    for (const read of [
      await model.get('1'),
      (await model.getMany(['1'])).get('1'),
      (await model.find({})).items[0],
    ]) {
      (read as { owner: string }).owner = 'Eve';
      read?.openedAt.setTime(0);
    }

    expect(await model.get('1')).toEqual(account('Ada', 0, new Date(AT_FIRST)));
  });

  it('tells a session what it has seen', async () => {
    const model = await live();
    const after = await append(store, '1', new Opened({ owner: 'Ada' }));
    const session = new ReadSession();

    await model.get('1', { after });
    await session.of(model).find({});

    expect(session.token).toBe(after);
  });

  it.each([
    [
      'a fold that throws',
      projection<Account>('accounts', { version: 1, onFailure: 'park' }).start(Opened, () => {
        throw new Error('boom');
      }),
      'boom',
    ],
    [
      'a document that no store would take',
      projection<Account>('accounts', { version: 1 }).start(Opened, () => account('x', Number.NaN)),
      UnserializableDocumentError,
    ],
  ])('is stopped by %s, and says so at every read', async (_, failing, error) => {
    const model = await live(failing as never);

    const token = await append(store, '1', new Opened({ owner: 'Ada' }));

    await expect(model.ended).rejects.toThrow(error);
    await expect(model.get('2')).rejects.toThrow(error);
    await expect(model.getMany([], { after: token })).rejects.toThrow(error);
    await expect(model.find({})).rejects.toThrow(error);
    expect(reports).toEqual([{ kind: 'stopped', consumer: 'accounts', error: expect.any(Error) }]);
  });

  it('ends the wait of those who wait when it is stopped', async () => {
    const model = await live(
      projection<Account>('accounts', { version: 1 }).start(Opened, () => {
        throw new Error('boom');
      }) as never,
    );
    const read = model.get('1', { after: createToken(await store.identity(), at(9)) });

    await Promise.all([
      expect(read).rejects.toThrow('boom'),
      append(store, '1', new Opened({ owner: 'Ada' })),
    ]);
  });

  it('does not open where it is stopped at once', async () => {
    const id = newEventId();
    const event = { id, type: Opened.type, version: 2, data: {}, metadata: { correlationId: id } };
    await store.append('account-1', [event]);

    await expect(live()).rejects.toThrow(EventVersionTooNewError);
  });

  it('can be given up while it opens', async () => {
    await append(store, '1', new Opened({ owner: 'Ada' }));
    const controller = new AbortController();
    const opening = openLiveProjection(store, accounts, { signal: controller.signal });

    controller.abort(new Error('enough'));

    await expect(opening).rejects.toThrow('enough');
    await expect(openLiveProjection(store, { name: 'accounts' } as never)).rejects.toThrow(
      TypeError,
    );
  });

  it('reads no more once it is closed, and may be closed twice', async () => {
    const model = await live();
    const waiting = model.get('1', { after: createToken(await store.identity(), at(9)) });

    await Promise.all([
      expect(waiting).rejects.toThrow(StoreUnavailableError),
      model[Symbol.asyncDispose](),
      model[Symbol.asyncDispose](),
    ]);

    await expect(model.get('1')).rejects.toThrow(StoreUnavailableError);
    expect(await model.ended).toBeUndefined();
    expect(reports).toEqual([]);
  });

  it('outlives failures of the store, and says why it is behind meanwhile', async () => {
    const subscribe = store.subscribe.bind(store);
    let isCut: boolean = false;
    store.subscribe = (options) => {
      if (isCut) throw new StoreUnavailableError('cut');
      return subscribe(options);
    };
    await append(store, '1', new Opened({ owner: 'Ada' }));
    const cut = new AbortController();
    const outer = store.subscribe;
    store.subscribe = (options) => cutBy(outer(options), cut.signal);
    const model = await openLiveProjection(store, accounts, {
      retry: { baseMs: 1, maxMs: 2 },
      report: (it) => reports.push(it),
    });
    open.push(model);

    isCut = true;
    cut.abort();
    const after = await append(store, '1', new Paid({ amount: 5 }));
    expect(await model.get('1')).toMatchObject({ balance: 0 });
    await expect(model.get('1', { after, timeoutMs: 30 })).rejects.toMatchObject({
      reason: expect.stringContaining('cut'),
    });
    isCut = false;
    store.subscribe = subscribe;

    expect(await model.get('1', { after })).toMatchObject({ balance: 5 });
    expect(reports.at(-1)).toEqual({ kind: 'recovered', consumer: 'accounts' });
  });
});

/** A subscription whose connection is lost. */
async function* cutBy<T>(batches: AsyncIterable<T>, cut: AbortSignal): AsyncGenerator<T> {
  const lost = new Promise<never>((_, reject) => {
    cut.addEventListener('abort', () => reject(new StoreUnavailableError('cut')));
  });
  lost.catch(() => undefined);
  const iterator = batches[Symbol.asyncIterator]();
  try {
    for (;;) {
      const result = await Promise.race([iterator.next(), lost]);
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    await iterator.return?.();
  }
}
