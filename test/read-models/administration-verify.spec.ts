import type { DocumentWrite, Position } from '@everfold/core';
import { Administered, Begun, Counted, Finished, tallies, until } from './administered.js';

const MODES = ['atomic', 'guarded'] as const;

describe.each(MODES)('Verifying on %s stores', (commit) => {
  it('raises no false alarm while the application goes on writing', async () => {
    await using world = new Administered(commit);
    const ids = await world.fill(40, 5);
    await world.serving();
    world.keepWriting(ids);

    for (let round = 0; round < 15; round += 1) {
      const found = await world.operator().verify('tallies');
      expect(found).toMatchObject({ consumer: 'tallies@1.1', differences: [], incomparable: 0 });
      expect(found.documents).toBeGreaterThanOrEqual(40);
    }

    await world.rest();
  });

  it('misses nothing that is still to be handled, or was removed meanwhile', async () => {
    await using world = new Administered(commit);
    await world.write('a', new Begun({ name: 'a' }));
    await world.write('b', new Begun({ name: 'b' }));
    const application = await world.serving();
    const { findDocuments } = world.readModels;
    world.readModels.findDocuments = async (collection, query) => {
      if ((await positions(world, 'a')).length > 0) {
        await world.write('a', new Finished({}));
        await application.caughtUp();
        await application[Symbol.asyncDispose]();
        await world.write('late', new Begun({ name: 'late' }), new Counted({ by: 1 }));
      }
      return await findDocuments.call(world.readModels, collection, query);
    };

    const found = await world.operator().verify('tallies');

    expect(found).toMatchObject({ documents: 1, differences: [], events: 5 });
  });

  it('finds what was changed, removed and added under load, and nothing else', async () => {
    await using world = new Administered(commit);
    const ids = await world.fill(20, 5);
    const application = await world.serving();
    await world.write('idle1', new Begun({ name: 'idle1' }));
    await world.write('idle2', new Begun({ name: 'idle2' }), new Counted({ by: 5 }));
    await application.caughtUp();
    world.keepWriting(ids);
    const position = await positionOf(world, 'idle2');

    await tamper(world, [
      { id: 'idle1', document: undefined, position, loadedAt: await positionOf(world, 'idle1') },
      {
        id: 'idle2',
        document: { name: 'idle2', events: 2, total: 6 },
        position,
        loadedAt: position,
      },
      {
        id: 'idle3',
        document: { name: 'idle3', events: 1, total: 0 },
        position,
        loadedAt: undefined,
      },
    ]);

    const { differences } = await world.operator().verify('tallies');
    expect(new Set(differences)).toEqual(
      new Set([
        { documentId: 'idle1', kind: 'missing', expected: { name: 'idle1', events: 1, total: 0 } },
        {
          documentId: 'idle2',
          kind: 'differs',
          actual: { name: 'idle2', events: 2, total: 6 },
          expected: { name: 'idle2', events: 2, total: 5 },
        },
        { documentId: 'idle3', kind: 'unexpected', actual: { name: 'idle3', events: 1, total: 0 } },
      ]),
    );
    await world.rest();
  });

  it('finds a document that has missed an event', async () => {
    await using world = new Administered(commit);
    await world.write('a', new Begun({ name: 'a' }), new Counted({ by: 1 }));
    const application = await world.serving();
    const early = await positionOf(world, 'a');
    await world.write('a', new Counted({ by: 2 }));
    await application.caughtUp();

    await tamper(world, [
      {
        id: 'a',
        document: { name: 'a', events: 2, total: 1 },
        position: early,
        loadedAt: await positionOf(world, 'a'),
      },
    ]);

    expect((await world.operator().verify('tallies')).differences).toMatchObject([
      { documentId: 'a', kind: 'differs', actual: { total: 1 }, expected: { total: 3 } },
    ]);
  });

  it('shows what a wrong fold has made, until a new version has corrected it', async () => {
    await using world = new Administered(commit);
    await world.fill(6, 3);
    const wrong = tallies({ weigh: (by, id) => (id === 't2' ? by + 1 : by) });
    await world.serving(wrong);
    const corrected = tallies({ version: 2 });

    const before = await world.operator({ definitions: [tallies()] }).verify('tallies');
    const operator = world.operator({ definitions: [corrected] });
    const rebuilt = await operator.rebuild('tallies');
    const after = await operator.verify('tallies');

    expect(before.differences).toMatchObject([{ documentId: 't2', kind: 'differs' }]);
    expect(rebuilt).toMatchObject({ consumer: 'tallies@2.1', switched: true });
    expect(after).toMatchObject({ consumer: 'tallies@2.1', documents: 6, differences: [] });
  });

  it('compares parked documents up to their first parked event', async () => {
    await using world = new Administered(commit);
    await world.fill(6, 2);
    const failing = tallies({
      onFailure: 'park',
      weigh: (by, id) => {
        if (by >= 100) throw new Error(`too much for ${id}`);
        return by;
      },
    });
    const application = await world.serving(failing);
    await world.write('t1', new Counted({ by: 100 }), new Counted({ by: 1 }));
    await world.write('t2', new Counted({ by: 100 }), new Counted({ by: 1 }));
    await application.caughtUp();
    const operator = world.operator({ definitions: [failing] });

    expect(await operator.dropParked('tallies', 't2')).toBe(1);
    await until('dropped', async () => (await operator.parked('tallies')).length === 2);

    expect(await operator.verify('tallies')).toMatchObject({ documents: 6, differences: [] });
  });
});

describe('Verifying', () => {
  it('takes documents that are not there for parked, where they are', async () => {
    await using world = new Administered();
    const failing = tallies({ onFailure: 'park' });
    await world.write('a', new Begun({ name: 'a' }), new Begun({ name: 'b' }), new Finished({}));
    await world.write('b', new Begun({ name: 'b' }));
    const application = await world.serving(failing);
    await world.write('b', new Begun({ name: 'again' }));
    await application.caughtUp();

    const operator = world.operator({ definitions: [failing] });

    expect(await operator.verify('tallies')).toMatchObject({ documents: 2, differences: [] });
  });

  it('leaves documents out whose stream has lost its beginning', async () => {
    await using world = new Administered();
    await world.fill(3, 5);
    await world.serving();
    await world.events.setRetention('tally-t1', { truncateBefore: 2 });

    expect(await world.operator().verify('tallies')).toMatchObject({
      documents: 2,
      incomparable: 1,
      differences: [],
    });
  });

  it('refuses generations that there are not', async () => {
    await using world = new Administered();
    await world.serving();

    for (const verifying of [
      world.operator().verify('tallies', { generation: 7 }),
      world.operator({ definitions: [tallies({ version: 9 })] }).verify('tallies'),
    ])
      await expect(verifying).rejects.toMatchObject({ code: 'GENERATION_REFUSED' });
    await expect(world.operator().verify('tally')).rejects.toThrow(TypeError);
  });

  it('ends with the reason of its signal', async () => {
    await using world = new Administered();
    await world.serving();
    const signal = AbortSignal.abort(new Error('enough'));

    await expect(world.operator().verify('tallies', { signal })).rejects.toThrow('enough');
  });
});

/** Writes behind the back of those who own the documents. */
async function tamper(world: Administered, documents: readonly DocumentWrite[]): Promise<void> {
  const key = 'tampering';
  const version = (await world.readModels.writeRecord(key, 0, undefined)) ?? 1;
  const segment = { key, version, value: 0 };
  const [outcome] = await world.readModels.save([
    { collection: 'tallies@1.1', documents, put: [], remove: [], segment },
  ]);
  expect(outcome?.kind).toBe('saved');
}

/** Of the document, if it is there. */
async function positions(world: Administered, id: string): Promise<readonly Position[]> {
  const found = (await world.readModels.loadDocuments('tallies@1.1', [id])).get(id);
  return found?.document === undefined ? [] : [found.position];
}

async function positionOf(world: Administered, id: string): Promise<Position> {
  const found = (await world.readModels.loadDocuments('tallies@1.1', [id])).get(id);
  if (found === undefined) throw new Error(`There is no '${id}'.`);
  return found.position;
}
