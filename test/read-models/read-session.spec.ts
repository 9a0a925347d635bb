import { ForeignPositionError, ReadModel, ReadModelBehindError, ReadSession } from '@everfold/core';
import { begun, stillWaits } from './begun.js';
import { type Account, account } from './events.js';
import { OTHER_LOG, tokenAt } from './written-model.js';

describe('A read session', () => {
  it('has seen nothing at first, or what it is begun with', () => {
    expect(new ReadSession().token).toBeUndefined();
    expect(new ReadSession(undefined).token).toBeUndefined();
    expect(new ReadSession(tokenAt(3)).token).toBe(tokenAt(3));
  });

  it('keeps the larger of the tokens that it observes', () => {
    const session = new ReadSession(tokenAt(3));

    session.observe(tokenAt(2));
    expect(session.token).toBe(tokenAt(3));
    session.observe(tokenAt(10));
    expect(session.token).toBe(tokenAt(10));
  });

  it('refuses tokens of two logs, and what is no token', async () => {
    const session = new ReadSession(tokenAt(3));
    const { model } = await begun();

    expect(() => session.observe(tokenAt(3, OTHER_LOG))).toThrow(ForeignPositionError);
    expect(() => session.observe('token' as never)).toThrow(TypeError);
    expect(() => new ReadSession('token' as never)).toThrow(TypeError);
    expect(session.token).toBe(tokenAt(3));
    await expect(session.of(model).get('a', { after: tokenAt(1, OTHER_LOG) })).rejects.toThrow(
      ForeignPositionError,
    );
  });

  it("lets reads wait for the session's own writes", async () => {
    const { store, written, model } = await begun();
    const session = new ReadSession();
    session.observe(tokenAt(5));
    const reads = [
      session.of(model).get('a'),
      session.of(model).getMany(['a']),
      session.of(model).find({}),
    ];
    for (const read of reads) expect(await stillWaits(read, store)).toBe(true);

    await written.put({ id: 'a', document: account('Ada'), at: 5 });
    await written.reach(5);

    expect(await Promise.all(reads)).toEqual([
      account('Ada'),
      new Map([['a', account('Ada')]]),
      { items: [account('Ada')], next: undefined, parked: 0 },
    ]);
  });

  it('waits for what a read asks for where that is more', async () => {
    const { written, model } = await begun();
    await written.reach(5);
    const summaries = new ReadSession(tokenAt(4)).of(model);

    expect(await summaries.get('a', { after: tokenAt(5), timeoutMs: 0 })).toBeUndefined();
    await expect(summaries.get('a', { after: tokenAt(6), timeoutMs: 0 })).rejects.toThrow(
      ReadModelBehindError,
    );
  });

  it.each([
    ['get', (model: ReadModel<Account>) => model.get('a')],
    ['getMany', (model: ReadModel<Account>) => model.getMany(['a'])],
    ['find', (model: ReadModel<Account>) => model.find({})],
  ])('has seen with %s what the checkpoint says, and what the document says', async (_, read) => {
    const { written, model } = await begun();
    const session = new ReadSession();

    await read(session.of(model));
    expect(session.token).toBeUndefined();
    await written.reach(4);
    await read(session.of(model));
    expect(session.token).toBe(tokenAt(4));
    // As a guarded store writes them: the document first.
    await written.put({ id: 'a', document: account('Ada'), at: 7 });
    await read(session.of(model));

    const seen = session.token;
    expect(seen).toBe(tokenAt(7));
  });

  it('does not count what was handled after the documents were read', async () => {
    const { store, written, model } = await begun();
    await written.reach(4);
    const session = new ReadSession();
    store.before('findDocuments', () => written.reach(9));

    await session.of(model).find({});

    expect(session.token).toBe(tokenAt(4));
  });

  it('never goes back, whichever read model is read next', async () => {
    const [first, second] = [await begun(), await begun()];
    await first.written.reach(9);
    await second.written.reach(8);
    const session = new ReadSession();

    await session.of(first.model).find({});

    await expect(session.of(second.model).get('a', { timeoutMs: 5 })).rejects.toThrow(
      ReadModelBehindError,
    );
  });

  it('is handed on by its token, and may lie within another', async () => {
    const { written, model } = await begun();
    await written.reach(4);
    const [outer, inner] = [new ReadSession(), new ReadSession()];

    await outer.of(inner.of(model)).get('a');

    expect([outer.token, inner.token]).toEqual([tokenAt(4), tokenAt(4)]);
    expect(new ReadSession(outer.token).token).toBe(tokenAt(4));
  });

  it('refuses a read model that cannot say what it has seen', () => {
    class Unknown extends ReadModel<Account> {
      get = async () => undefined;
      getMany = async () => new Map();
      find = async () => ({ items: [], next: undefined, parked: 0 });
    }

    expect(() => new ReadSession().of(new Unknown())).toThrow(TypeError);
  });
});
