import { isUuid } from '../../event/ids.js';
import { readToken } from '../../event-store/token.js';
import { range, sorted } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsIn, idsOf, revisionsOf } from './events.js';

/** What an append reports, and what of it is stored. */
export function describeAppending(contract: Contract): void {
  const { it } = contract;

  contract.describe('appending', () => {
    it('reports revision 0 for the first event of a stream', async ({ store, stream }) => {
      const result = await store.append(stream, [event()]);

      expect(result).toMatchObject({ revision: 0, repeated: false });
    });

    it('reports the revision of the last event of several', async ({ store, stream }) => {
      const result = await store.append(stream, events(3));

      expect(result.revision).toBe(2);
    });

    it('goes on with the next revision', async ({ store, stream }) => {
      await store.append(stream, events(3));

      const result = await store.append(stream, events(2));

      expect(result.revision).toBe(4);
      expect(revisionsOf(await collect(store.read(stream)))).toEqual([0, 1, 2, 3, 4]);
    });

    it('reports the position at which the last event stands', async ({ store, stream }) => {
      const result = await store.append(stream, events(3));

      const stored = await collect(store.read(stream));
      expect(result.position).toBe(stored[2]?.position);
    });

    it('hands out a token of its identity and the position written', async ({ store, stream }) => {
      const { token, position } = await store.append(stream, events(2));

      expect(readToken(token)).toEqual({ identity: await store.identity(), position });
    });

    it('hands out later positions for later appends, whatever the stream', async (fixture) => {
      const { store } = fixture;

      const first = await store.append(fixture.streamOf('b'), [event()]);
      const second = await store.append(fixture.streamOf('a'), [event()]);

      expect(second.position > first.position).toBe(true);
      expect(second.position).toHaveLength(first.position.length);
    });

    it('keeps the events of one append in the order given', async ({ store, stream }) => {
      const given = events(20);

      await store.append(stream, given);

      expect(await idsIn(store, stream)).toEqual(idsOf(given));
    });

    it('keeps every event of one large append', async ({ store, stream, log }) => {
      const given = events(700);

      const result = await store.append(stream, given);

      expect(result.revision).toBe(699);
      expect(await idsIn(store, stream)).toEqual(idsOf(given));
      expect(idsOf(await log())).toEqual(idsOf(given));
    });

    it('expects nothing when no expectation is given', async ({ store, stream }) => {
      await store.append(stream, [event()]);

      const result = await store.append(stream, [event()], {});

      expect(result.revision).toBe(1);
    });

    it('takes an explicitly undefined expectation for none', async ({ store, stream }) => {
      await store.append(stream, [event()]);

      const result = await store.append(stream, [event()], { expected: undefined });

      expect(result.revision).toBe(1);
    });

    it('keeps id, type and version as given, and adds stream, revision and position', async ({
      store,
      stream,
    }) => {
      const given = event({ type: 'thing.renamed', version: 7 });

      const { position } = await store.append(stream, [given]);

      const [stored] = await collect(store.read(stream));
      expect(stored).toMatchObject({
        id: given.id,
        type: 'thing.renamed',
        version: 7,
        stream,
        revision: 0,
        position,
      });
    });

    it('keeps an event type of 500 characters in any script', async ({ store, stream }) => {
      const type = `событие.${'型'.repeat(490)}😀`;

      await store.append(stream, [event({ type })]);

      expect((await collect(store.read(stream)))[0]?.type).toBe(type);
    });

    it('says when an event was recorded, between asking and answering', async ({
      store,
      stream,
    }) => {
      const before = Date.now() - 1;

      await store.append(stream, [event()]);

      const [stored] = await collect(store.read(stream));
      expect(stored?.recordedAt).toBeInstanceOf(Date);
      expect(stored?.recordedAt.getTime()).toBeGreaterThanOrEqual(before);
      expect(stored?.recordedAt.getTime()).toBeLessThanOrEqual(Date.now() + 1);
    });

    contract.itWithClock(
      'records the time of the injected clock, the same for all events of an append',
      async ({ store, stream }, clock) => {
        const first = new Date(clock.now());
        await store.append(stream, events(2));
        clock.advance(90_061_001);

        await store.append(stream, [event()]);

        const times = (await collect(store.read(stream))).map(({ recordedAt }) => recordedAt);
        expect(times).toEqual([first, first, new Date(clock.now())]);
      },
    );

    it('keeps appends to different streams apart', async ({ store, streamOf }) => {
      const [one, two] = [events(3), events(2)];

      await store.append(streamOf('one'), one);
      await store.append(streamOf('two'), two);

      expect(await idsIn(store, streamOf('one'))).toEqual(idsOf(one));
      expect(await idsIn(store, streamOf('two'))).toEqual(idsOf(two));
    });

    it('shows an event to every reader once its append has resolved', async ({
      store,
      stream,
      log,
    }) => {
      for (const n of range(5)) {
        const { position } = await store.append(stream, [event()]);

        expect(revisionsOf(await collect(store.read(stream, { from: n })))).toEqual([n]);
        expect(revisionsOf(await log({ from: position }))).toEqual([n]);
      }
    });

    it('appends nothing when it was called back before it began', async ({ store, stream }) => {
      const reason = new Error('called back');

      const append = store.append(stream, [event()], { signal: AbortSignal.abort(reason) });

      await expect(append).rejects.toBe(reason);
      expect(await idsIn(store, stream)).toEqual([]);
    });

    it('reports the outcome of an append that is called back too late', async ({
      store,
      stream,
    }) => {
      const controller = new AbortController();

      await store.append(stream, [event()], { signal: controller.signal });
      controller.abort();

      expect(await idsIn(store, stream)).toHaveLength(1);
    });

    it('tells by the outcome whether an append called back in flight was written', async (fixture) => {
      const { store } = fixture;
      const reason = new Error('called back');
      for (const n of range(10)) {
        const stream = fixture.streamOf(`flight-${n}`);
        const controller = new AbortController();
        const append = store.append(stream, [event()], { signal: controller.signal });
        for (const _ of range(n)) await Promise.resolve();

        controller.abort(reason);

        const written = await append.then(
          () => 1,
          (error: unknown) => (error === reason ? 0 : -1),
        );
        expect(await idsIn(store, stream)).toHaveLength(written);
      }
    });
  });

  contract.describe('identity and head', () => {
    it('has one identity, a UUID, however often it is asked', async ({ store, stream }) => {
      const identity = await store.identity();

      await store.append(stream, [event()]);

      expect(isUuid(identity)).toBe(true);
      expect(await store.identity()).toBe(identity);
    });

    if (contract.harness.shared !== true)
      it('has another identity and another log than the next store', async ({ store, write }) => {
        await write(2);
        await contract.beside(async (other) => {
          expect(await other.identity()).not.toBe(await store.identity());
          expect(await collect(other.readAll())).toEqual([]);
          expect(await other.head()).toBeUndefined();
        });
      });

    it('answers all who ask for the identity at once the same', async ({ store }) => {
      const identities = await Promise.all(range(20).map(() => store.identity()));

      expect(new Set(identities).size).toBe(1);
    });

    it('has its head at or behind the last append', async ({ store, stream }) => {
      const { position } = await store.append(stream, events(2));

      const head = await store.head();

      expect(head !== undefined && head >= position).toBe(true);
      expect(head).toHaveLength(position.length);
    });

    it('moves its head with each append', async ({ store, stream }) => {
      const heads: string[] = [];

      for (const _ of range(4)) {
        await store.append(stream, [event()]);
        heads.push((await store.head()) ?? '');
      }

      expect(heads).toEqual(sorted(new Set(heads)));
    });

    it('never moves its head back, whatever is hidden', async ({ store, stream, streamOf }) => {
      const { position } = await store.append(stream, events(3));
      await store.append(streamOf('other'), events(3));
      const heads = [(await store.head()) ?? ''];

      await store.setRetention(stream, { maxCount: 1 });
      heads.push((await store.head()) ?? '');
      await store.delete(stream);
      heads.push((await store.head()) ?? '');
      await store.tombstone(streamOf('other'));
      heads.push((await store.head()) ?? '');

      expect(heads).toEqual(sorted(heads));
      expect((heads[0] ?? '') >= position).toBe(true);
    });

    it('has a head that a subscription may begin behind', async ({ store, stream, follow }) => {
      await store.append(stream, events(2));

      const follower = follow({ after: await store.head() });

      expect((await follower.caughtUp()).events).toEqual([]);
      const [later] = await store.append(stream, [event()]).then(() => follower.untilEvents(1));
      expect(later?.revision).toBe(2);
    });

    if (contract.harness.shared !== true)
      it('has no head, and reads nothing, while the log is empty', async ({ store }) => {
        expect(await store.head()).toBeUndefined();
        expect(await collect(store.readAll())).toEqual([]);
        expect(await collect(store.readAll({ direction: 'backwards' }))).toEqual([]);
      });

    it('has capabilities that say what it can do', async ({ store }) => {
      const { capabilities } = store;

      expect(typeof capabilities.multiStreamAppend).toBe('boolean');
      expect(capabilities.maxAppendBytes).toBeGreaterThan(65_535);
      expect(['hidden', 'until-scavenge']).toContain(capabilities.readAllAfterDelete);
      expect(['conflict', 'appends']).toContain(capabilities.exactRevisionOnDeletedStream);
    });
  });
}
