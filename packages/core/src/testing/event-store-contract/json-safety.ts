import { MAX_JSON_DEPTH } from '../../event/json.js';
import type { NewEvent } from '../../event-store/event-store.js';
import { failureOf, range, wrong } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { event, events } from './events.js';
import { writesNothing } from './refusal.js';

class Money {
  readonly amount = 1;
}
const UNSAFE: readonly (readonly [name: string, value: unknown])[] = [
  ['a BigInt', 1n],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
  ['undefined', undefined],
  ['a function', () => 1],
  ['a symbol', Symbol('s')],
  ['a Date', new Date(0)],
  ['a Map', new Map()],
  ['a Set', new Set()],
  ['an instance of a class', new Money()],
  ['bytes', Uint8Array.of(1)],
  ['a text with a lone surrogate', 'a\ud800b'],
  ['a text that was cut within a character', '😀'.slice(0, 1)],
  ['a text that begins within a character', '😀'.slice(1)],
];

/** What JSON would change silently is refused, with the path to the value. */
export function describeJsonSafety(contract: Contract): void {
  const { it } = contract;

  contract.describe('what JSON would change', () => {
    for (const [name, value] of UNSAFE)
      it(`refuses ${name} in data, naming the place`, async (fixture) => {
        const data = wrong<NewEvent['data']>({ lines: [{ price: 1 }, { price: value }] });

        await writesNothing(fixture, [event({ data })], unserializable('data.lines[1].price'));
      });

    for (const [name, value] of UNSAFE)
      it(`refuses ${name} in metadata, naming the place`, async ({ store, stream, log }) => {
        const places: Readonly<Record<string, object>> = {
          'metadata.by[0].who': { by: [{ who: value }] },
          // A field that is undefined is one that is left out.
          ...(value !== undefined && {
            'metadata.extra': { extra: value },
            'metadata.actor': { actor: value },
            'metadata.correlationId': { correlationId: value },
          }),
        };

        for (const [path, fields] of Object.entries(places)) {
          const metadata = wrong<NewEvent['metadata']>({ correlationId: 'c', ...fields });
          const failure = await failureOf(store.append(stream, [event({ metadata })]));

          expect(failure).toMatchObject(unserializable(path));
        }
        expect(await log()).toEqual([]);
      });

    it('refuses a field of metadata whose name has a lone surrogate', async (fixture) => {
      const metadata = wrong<NewEvent['metadata']>({ correlationId: 'c', '\ud800': 1 });

      await writesNothing(fixture, [event({ metadata })], unserializable('metadata["\\ud800"]'));
    });

    it('refuses data that is undefined', async (fixture) => {
      await writesNothing(fixture, [event({ data: wrong(undefined) })], unserializable('data'));
    });

    it('refuses undefined in an array', async (fixture) => {
      const data = wrong<NewEvent['data']>([1, undefined]);

      await writesNothing(fixture, [event({ data })], unserializable('data[1]'));
    });

    it('refuses a hole in an array', async (fixture) => {
      const data: number[] = [1, 2];
      data[3] = 4;

      await writesNothing(
        fixture,
        [event({ data: { list: data } })],
        unserializable('data.list[2]'),
      );
    });

    it('refuses a cycle', async (fixture) => {
      const data: { a: unknown } = { a: {} };
      data.a = { back: data };

      await writesNothing(fixture, [event({ data: wrong(data) })], unserializable('data.a.back'));
    });

    it('refuses a property that is named by a symbol', async (fixture) => {
      const data = wrong<NewEvent['data']>({ inner: { [Symbol('s')]: 1 } });

      await writesNothing(fixture, [event({ data })], unserializable('data.inner'));
    });

    it('refuses a property whose name has a lone surrogate', async (fixture) => {
      const data = { inner: { '\udfff': 1 } };

      await writesNothing(fixture, [event({ data })], unserializable('data.inner["\\udfff"]'));
    });

    it('refuses nesting that parsers give up on', async (fixture) => {
      const data = range(MAX_JSON_DEPTH + 10).reduce<unknown>((inner) => [inner], 1);

      await writesNothing(fixture, [event({ data: wrong(data) })], {
        code: 'UNSERIALIZABLE_EVENT',
      });
    });

    it('writes the place with brackets where a key is no identifier', async (fixture) => {
      const data = wrong<NewEvent['data']>({ 'a b': { 'c"d': [[Number.NaN]] } });

      await writesNothing(fixture, [event({ data })], unserializable('data["a b"]["c\\"d"][0][0]'));
    });

    it('finds it behind __proto__ too', async (fixture) => {
      const data = JSON.parse('{"__proto__":{"amount":1}}');
      Reflect.set(Object.getOwnPropertyDescriptor(data, '__proto__')?.value, 'amount', 1n);

      await writesNothing(fixture, [event({ data })], unserializable('data.__proto__.amount'));
    });

    it('refuses it in metadata, naming the place', async (fixture) => {
      const metadata = wrong<NewEvent['metadata']>({ correlationId: 'c', extra: [new Date(0)] });

      await writesNothing(fixture, [event({ metadata })], unserializable('metadata.extra[0]'));
    });

    it('refuses undefined further down in metadata', async (fixture) => {
      const metadata = wrong<NewEvent['metadata']>({ correlationId: 'c', extra: { a: undefined } });

      await writesNothing(fixture, [event({ metadata })], unserializable('metadata.extra.a'));
    });

    it('refuses the whole append for one bad value in its last event', async (fixture) => {
      const bad = event({ type: 'thing.broke', data: wrong({ at: new Date(0) }) });

      await writesNothing(fixture, [...events(3), bad], {
        ...unserializable('data.at'),
        type: 'thing.broke',
      });
    });
  });
}

function unserializable(path: string): object {
  return { code: 'UNSERIALIZABLE_EVENT', path };
}
