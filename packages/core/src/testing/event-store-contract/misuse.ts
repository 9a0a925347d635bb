import type { NewEvent } from '../../event-store/event-store.js';
import { failureOf, wrong } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsIn } from './events.js';
import { writesNothing } from './refusal.js';

const MISUSE = { name: 'TypeError' };
const BAD_EVENTS: Readonly<Record<string, Partial<NewEvent>>> = {
  'an empty type': { type: '' },
  "a type that begins with '$'": { type: '$metadata' },
  'a type of 501 characters': { type: 't'.repeat(501) },
  'a type with a lone surrogate': { type: 'a\ud800' },
  'a type that is no string': { type: wrong(7) },
  'an id that is no UUID': { id: 'event-1' },
  'an id in upper case': { id: 'A81BC81B-DEAD-4E5D-ABFF-90865D1E13B1' },
  'no id': { id: wrong(undefined) },
  'version 0': { version: 0 },
  'a version that is no integer': { version: 1.5 },
  'a version that is no number': { version: wrong('1') },
  'no metadata': { metadata: wrong(undefined) },
  'metadata that is null': { metadata: wrong(null) },
  'metadata that is an array': { metadata: wrong([]) },
};
/** Misuse is refused before anything is written. */
export function describeMisuse(contract: Contract): void {
  const { it } = contract;

  contract.describe('misuse', () => {
    for (const [name, change] of Object.entries(BAD_EVENTS))
      it(`refuses an event with ${name}`, async (fixture) => {
        await writesNothing(fixture, [event(change)], MISUSE);
      });

    it('refuses an append without events', async (fixture) => {
      await writesNothing(fixture, [], MISUSE);
    });

    it('refuses events that are no array', async (fixture) => {
      await writesNothing(fixture, wrong({ length: 1, 0: event() }), MISUSE);
    });

    it('refuses an id that stands twice in one append', async (fixture) => {
      const twice = event();

      await writesNothing(fixture, [twice, event(), { ...twice }], MISUSE);
    });

    it('refuses all events of an append when its last one is bad', async (fixture) => {
      await writesNothing(fixture, [...events(3), event({ type: '' })], MISUSE);
    });

    it('refuses an expected revision that is none', async ({ store, stream }) => {
      for (const expected of [
        -1,
        1.5,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        'latest',
        '0',
        null,
        1n,
      ])
        await expect(
          store.append(stream, [event()], { expected: wrong(expected) }),
        ).rejects.toMatchObject(MISUSE);

      expect(await idsIn(store, stream)).toEqual([]);
    });

    it('refuses the same expectations for a delete and a tombstone', async ({ store, stream }) => {
      await store.append(stream, [event()]);

      for (const expected of [-1, 1.5, Number.NaN, 'latest', null]) {
        await expect(store.delete(stream, { expected: wrong(expected) })).rejects.toMatchObject(
          MISUSE,
        );
        await expect(store.tombstone(stream, { expected: wrong(expected) })).rejects.toMatchObject(
          MISUSE,
        );
      }

      expect(await idsIn(store, stream)).toHaveLength(1);
    });

    it('refuses a retention that is negative, no integer, or keeps nothing', async ({
      store,
      stream,
      write,
    }) => {
      await write(3);

      for (const retention of [
        { maxCount: 0 },
        { maxCount: -1 },
        { maxCount: 1.5 },
        { maxAgeMs: -1 },
        { maxAgeMs: Number.NaN },
        { truncateBefore: -1 },
        { truncateBefore: 0.5 },
        { truncateBefore: wrong<number>('1') },
      ])
        await expect(store.setRetention(stream, retention)).rejects.toMatchObject(MISUSE);

      expect(await idsIn(store, stream)).toHaveLength(3);
    });

    it('refuses a bad limit, direction, revision or filter when the read is iterated', async ({
      store,
      stream,
      write,
    }) => {
      await write(2);
      for (const options of [
        { limit: -1 },
        { limit: 1.5 },
        { limit: Number.NaN },
        { direction: wrong<'forwards'>('sideways') },
        { from: -1 },
        { from: 0.5 },
        { after: -2 },
        { from: wrong<number>('1') },
        { filter: { types: wrong<string[]>('thing.happened') } },
      ]) {
        const read = store.read(stream, options);

        await expect(collect(read)).rejects.toMatchObject(MISUSE);
      }
    });

    it('refuses a bad limit, direction or filter of a read of the log when it is iterated', async ({
      store,
    }) => {
      for (const options of [
        { limit: -1 },
        { limit: 0.5 },
        { direction: wrong<'forwards'>('up') },
        { filter: { categories: wrong<string[]>('c') } },
      ]) {
        const read = store.readAll(options);

        await expect(collect(read)).rejects.toMatchObject(MISUSE);
      }
    });

    it('rejects, and never throws, whatever it is called with', async ({ store }) => {
      const calls: readonly (() => Promise<unknown>)[] = [
        () => store.append(wrong(undefined), wrong(undefined)),
        () => store.append('x', wrong([null])),
        () => store.appendToStreams(wrong(undefined)),
        () => store.appendToStreams(wrong([])),
        () => store.delete(wrong(null)),
        () => store.tombstone(''),
        () => store.setRetention('', {}),
        () => collect(store.read(wrong(undefined))),
        () => collect(store.read('')),
      ];

      for (const call of calls) {
        const promise = call();
        expect(promise).toBeInstanceOf(Promise);
        expect(await failureOf(promise)).toMatchObject(MISUSE);
      }
    });

    it('works as before when it has refused misuse', async ({ store, stream }) => {
      const given = event();
      await failureOf(store.append(stream, [event({ type: '' })]));
      await failureOf(store.append(stream, [event({ data: wrong(1n) })]));

      const result = await store.append(stream, [given], { expected: 'no-stream' });

      expect(result.revision).toBe(0);
      expect(await idsIn(store, stream)).toEqual([given.id]);
    });
  });
}
