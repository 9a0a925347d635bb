import { EmbeddedEventStore } from '@everfold/embedded';
import { collect } from './events.js';
import { Folders } from './folders.js';
import { print } from './patience.js';
import { Processes } from './processes.js';

/** So many callers a process that each commit is followed by another before it has landed. */
const CALLERS = 400;
const APPENDS = 12_000;

const processes = new Processes();
const folders = new Folders();

afterEach(async () => {
  await processes.end();
  await folders.remove();
});

type Result = readonly [id: string, stream: string, revision: number, position: string];

describe('Processes with hundreds of appends in flight each', () => {
  it.each([1, 2, 3])(
    'are told where their events stand, and no commit rests on one that was overtaken: %i of them',
    async (count) => {
      const folder = await folders.create();
      const writers = await processes.startAll(count);
      await Promise.all(writers.map((writer) => writer.call('open', { folder })));

      const told = await Promise.all(
        writers.map((writer, index) =>
          writer.call<readonly Result[]>('appendBusily', {
            callers: CALLERS,
            appends: APPENDS,
            // Unlike shares: what was decided on another's commit of the same size must not fit by chance.
            streams: 3 + 2 * index,
            name: `own${index}`,
          }),
        ),
      );

      await using store = await EmbeddedEventStore.open(folder);
      const all = await collect(store.readAll());
      const stored = all.map(({ id, stream, revision, position }) => [
        id,
        stream,
        revision,
        position,
      ]);
      const byId = (left: readonly unknown[], right: readonly unknown[]): number =>
        String(left[0]) < String(right[0]) ? -1 : 1;
      expect(told.flat().sort(byId)).toEqual(stored.sort(byId));
      const next = new Map<string, number>();
      for (const { stream, revision } of all) {
        expect([stream, revision]).toEqual([stream, next.get(stream) ?? 0]);
        next.set(stream, revision + 1);
      }
      expect(await store.verify()).toMatchObject({ ok: true, events: count * APPENDS });
      print(`busy processes: ${count} appended ${all.length} events, each where it was said to be`);
    },
    120_000,
  );

  it('keep the order in which each called, though others overtake their commits', async () => {
    const folder = await folders.create();
    const writers = await processes.startAll(2);
    await Promise.all(writers.map((writer) => writer.call('open', { folder })));

    await Promise.all(
      writers.map((writer, index) =>
        writer.call('appendBursts', { bursts: 20, each: 600, stream: `in-order-${index}` }),
      ),
    );

    await using store = await EmbeddedEventStore.open(folder);
    for (const index of writers.keys()) {
      const events = await collect(store.read(`in-order-${index}`));
      expect(events.map(({ data }) => data)).toEqual(Array.from({ length: 12_000 }, (_, n) => n));
    }
  }, 120_000);
});
