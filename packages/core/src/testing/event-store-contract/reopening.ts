import { range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsIn, idsOf, revisionsOf } from './events.js';

/** What a durable store remembers; left out where the harness cannot reopen. */
export function describeReopening(contract: Contract): void {
  if (contract.harness.reopen === undefined) return;
  const { it } = contract;

  contract.describe('reopening', () => {
    it('finds everything that was acknowledged, as it was', async (fixture) => {
      for (const n of range(5)) await fixture.write(4, { stream: fixture.streamOf(String(n % 2)) });
      const before = await fixture.log();

      await fixture.reopen();

      expect(await fixture.log()).toStrictEqual(before);
    });

    it('finds data and metadata of every kind', async (fixture) => {
      const { store, stream } = fixture;
      await store.append(stream, [
        event({ data: Uint8Array.of(0, 255), metadata: { correlationId: 'äöü' } }),
        event({ type: '型', version: 3, data: JSON.parse('{"__proto__":{"n":[1.5,null,"😀"]}}') }),
      ]);
      const before = await collect(store.read(stream));

      const reopened = await fixture.reopen();

      expect(await collect(reopened.read(stream))).toStrictEqual(before);
    });

    it('has the same identity and head', async (fixture) => {
      await fixture.write(2);
      const before = [await fixture.store.identity(), await fixture.store.head()];

      const reopened = await fixture.reopen();

      expect([await reopened.identity(), await reopened.head()]).toEqual(before);
    });

    it('keeps its identity when nothing was ever written', async (fixture) => {
      const before = await fixture.store.identity();

      const reopened = await fixture.reopen();

      expect(await reopened.identity()).toBe(before);
    });

    it('goes on with revisions and positions', async (fixture) => {
      const written = await fixture.write(3);

      const reopened = await fixture.reopen();
      const result = await reopened.append(fixture.stream, [event()], { expected: 2 });

      expect(result.revision).toBe(3);
      expect(result.position > (written[2]?.position ?? '')).toBe(true);
    });

    it('conflicts as before', async (fixture) => {
      await fixture.write(3);

      const reopened = await fixture.reopen();

      for (const expected of ['no-stream', 1] as const)
        await expect(
          reopened.append(fixture.stream, [event()], { expected }),
        ).rejects.toMatchObject({ code: 'WRONG_EXPECTED_REVISION', actual: 2 });
    });

    it('recognises a repeat of what was written before', async (fixture) => {
      const given = events(3);
      const first = await fixture.store.append(fixture.stream, given, { expected: 'no-stream' });

      const reopened = await fixture.reopen();
      const again = await reopened.append(fixture.stream, given, { expected: 'no-stream' });

      expect(again).toEqual({ ...first, repeated: true });
      expect(await idsIn(reopened, fixture.stream)).toEqual(idsOf(given));
    });

    it('remembers what was deleted, and that revisions go on', async (fixture) => {
      await fixture.write(3);
      await fixture.store.delete(fixture.stream);

      const reopened = await fixture.reopen();

      expect(await idsIn(reopened, fixture.stream)).toEqual([]);
      const result = await reopened.append(fixture.stream, [event()], { expected: 'no-stream' });
      expect(result.revision).toBe(3);
    });

    it('moves no event that is left, whatever was deleted before it', async (fixture) => {
      const { store, stream, streamOf, write } = fixture;
      await write(3);
      const kept = await write(2, { stream: streamOf('kept') });
      await write(1);
      const tail = await write(2, { stream: streamOf('tail') });
      await store.delete(stream);
      await store.setRetention(streamOf('tail'), { truncateBefore: 1 });

      const reopened = await fixture.reopen();

      expect(await collect(reopened.read(streamOf('kept')))).toStrictEqual(kept);
      expect(await collect(reopened.read(streamOf('tail')))).toStrictEqual(tail.slice(1));
      const again = await reopened.append(streamOf('kept'), [event()], { expected: 1 });
      expect(again.position > (tail[1]?.position ?? '')).toBe(true);
    });

    it('remembers tombstones', async (fixture) => {
      await fixture.write(1);
      await fixture.store.tombstone(fixture.stream);
      await fixture.store.tombstone(fixture.streamOf('never'));

      const reopened = await fixture.reopen();

      for (const stream of [fixture.stream, fixture.streamOf('never')])
        await expect(reopened.append(stream, [event()])).rejects.toMatchObject({
          code: 'STREAM_DELETED',
        });
    });

    it('remembers retention', async (fixture) => {
      await fixture.store.setRetention(fixture.stream, { maxCount: 2 });
      await fixture.write(4);

      const reopened = await fixture.reopen();
      await fixture.write(1);

      expect(revisionsOf(await collect(reopened.read(fixture.stream)))).toEqual([3, 4]);
    });

    it('lets a subscription go on from the position where it was', async (fixture) => {
      await fixture.write(3);
      const follower = fixture.follow();
      const { position } = await follower.caughtUp();
      const missed = await fixture.write(2);

      await fixture.reopen();
      const later = await fixture.write(1);

      const resumed = fixture.follow({ after: position });
      await resumed.untilEvents(3);
      expect(resumed.ids).toEqual(idsOf([...missed, ...later]));
    });

    it('reads a long log and a long stream whole', async (fixture) => {
      for (const n of range(4)) {
        await fixture.store.append(fixture.stream, events(400));
        await fixture.store.append(fixture.streamOf(`other-${n}`), events(300));
      }

      const reopened = await fixture.reopen();

      expect(await fixture.log()).toHaveLength(2_800);
      expect(revisionsOf(await collect(reopened.read(fixture.stream)))).toEqual(range(1_600));
    });

    it('can be done again and again', async (fixture) => {
      for (const n of range(4)) {
        const reopened = await fixture.reopen();
        const { revision } = await reopened.append(fixture.stream, [event()]);
        expect(revision).toBe(n);
      }

      expect(revisionsOf(await fixture.log())).toEqual(range(4));
    });
  });
}
