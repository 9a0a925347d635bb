import type { EventStore, Json } from '@everfold/core';
import { deposited, opened } from './account.js';
import { fiveEvents, foundIn, snapshotting } from './snapshotted.js';
import type { OpenedStore } from './stores.js';
import { stores } from './stores.js';
import { WatchedSnapshots } from './watched-snapshots.js';

const stream = 'specsAccount-1';

/** Other money, in the same number of bytes. */
const swapped = (text: Json | undefined) => String(text).replace('"balance":7', '"balance":9');

describe.each(stores)('Snapshots over %s', (_, open) => {
  let opening: OpenedStore;
  let store: EventStore;
  let snapshots: WatchedSnapshots;
  beforeEach(async () => {
    opening = await open();
    store = opening.store;
    snapshots = new WatchedSnapshots();
  });
  afterEach(() => opening.close());

  it('are passed over when another event stands where their last one stood', async () => {
    await fiveEvents(store, snapshots);
    snapshots.spoil((content) => ({
      ...content,
      eventId: '00000000-0000-7000-8000-000000000000',
      state: { status: 'open', balance: 999, references: [] },
    }));

    await expect(foundIn(store, snapshots)).resolves.toMatchObject({ balance: 15 });
  });

  it.each<[string, (content: Record<string, Json>) => object]>([
    ['with another fingerprint', (content) => ({ ...content, fingerprint: 'other' })],
    ['without a state', ({ state: _state, ...content }) => content],
    ['with a state that no fold understands', (content) => ({ ...content, state: null })],
    ['without commands', ({ commands: _commands, ...content }) => content],
    ['with commands of another shape', (content) => ({ ...content, commands: { commands: [] } })],
    ['with doubts whether there is an aggregate', (content) => ({ ...content, exists: null })],
    ['of another stream', (content) => ({ ...content, stream: 'specsAccount-2' })],
    ['of another revision', (content) => ({ ...content, revision: 2 })],
    ['without a revision', (content) => ({ ...content, revision: '3' })],
    ['that are no object', () => []],
  ])('are passed over when they are %s', async (_what, spoil) => {
    await fiveEvents(store, snapshots);
    snapshots.spoil(spoil);

    await expect(foundIn(store, snapshots)).resolves.toMatchObject({ balance: 15 });
  });

  it.each<[string, (content: Record<string, Json>) => object]>([
    ['their format', (content) => ({ ...content, format: 1 })],
    ['their text', ({ text, ...content }) => ({ ...content, text: swapped(text) })],
    ['their checksum', (content) => ({ ...content, checksum: '' })],
    ['everything', () => []],
  ])('are passed over when something has changed %s', async (_what, damage) => {
    await fiveEvents(store, snapshots);
    const intact = await foundIn(store, snapshots);
    snapshots.damage(damage);

    await expect(foundIn(store, snapshots)).resolves.toEqual({ balance: 15, events: 5 });
    expect(intact.events).toBe(2);
  });

  it('make nothing act twice, and nothing begin again, when they are damaged', async () => {
    const accounts = snapshotting(store, snapshots, { every: 1, onError: () => undefined });
    await accounts.create('1', () => opened());
    await accounts.update('1', () => deposited(5), { commandId: 'c-1' });
    snapshots.spoil((content) => ({ ...content, exists: null }));
    const again = snapshotting(store, snapshots, { every: 100, onError: () => undefined });

    await expect(again.create('1', () => opened())).rejects.toMatchObject({
      code: 'AGGREGATE_EXISTS',
    });
    snapshots.damage(({ text, ...content }) => ({
      ...content,
      text: String(text).replace('"c-1"', '"c-2"'),
    }));
    await expect(
      again.update('1', () => deposited(5), { commandId: 'c-1' }),
    ).resolves.toMatchObject({ repeated: true, state: { balance: 5 } });
  });

  it('tell whoever watches when they are not what was saved', async () => {
    const told: unknown[] = [];
    await fiveEvents(store, snapshots);
    snapshots.damage(({ text, ...content }) => ({ ...content, text: swapped(text) }));

    await snapshotting(store, snapshots, { onError: (error) => told.push(error) }).find('1');

    expect(told).toEqual([expect.objectContaining({ message: expect.stringContaining(stream) })]);
  });

  it('are passed over when they are newer than the stream', async () => {
    await fiveEvents(store, snapshots);
    if (snapshots.current) snapshots.current = { ...snapshots.current, revision: 99 };
    snapshots.spoil((content) => ({ ...content, revision: 99 }));

    await expect(foundIn(store, snapshots)).resolves.toMatchObject({ balance: 15 });
  });
});
