import type { NewEvent } from '../../event-store/event-store.js';
import { nonEmpty } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, idsIn, idsOf } from './events.js';

const MISUSE = { name: 'TypeError' };

/** An append of exactly `maxAppendBytes`, and of one byte more. */
export function describeSizes(contract: Contract): void {
  const { it } = contract;

  contract.describe('sizes', () => {
    it('keeps an event that fills an append to the last byte', async ({ store, stream }) => {
      const given = filling(store.capabilities.maxAppendBytes);

      await store.append(stream, [given]);

      const [stored] = await collect(store.read(stream));
      expect(sameText(stored?.data, given.data)).toBe(true);
    });

    it('refuses an event of one byte more, and writes nothing', async ({ store, stream }) => {
      const given = filling(store.capabilities.maxAppendBytes + 1);

      const append = store.append(stream, [given]);

      await expect(append).rejects.toMatchObject(MISUSE);
      expect(await idsIn(store, stream)).toEqual([]);
    });

    it('counts the events of an append together', async ({ store, stream }) => {
      const { maxAppendBytes } = store.capabilities;
      const half = Math.floor(maxAppendBytes / 2);
      const fits = [filling(half), filling(maxAppendBytes - half)];
      const exceeds = [filling(half), filling(maxAppendBytes - half + 1)];

      await store.append(stream, nonEmpty(fits));
      const append = store.append(stream, nonEmpty(exceeds));

      await expect(append).rejects.toMatchObject(MISUSE);
      expect(await idsIn(store, stream)).toEqual(idsOf(fits));
    });

    it('counts bytes of UTF-8, not characters', async ({ store, stream }) => {
      const { maxAppendBytes } = store.capabilities;
      const fits = filling(maxAppendBytes, '漢');

      await store.append(stream, [fits]);
      const append = store.append(stream, [filling(maxAppendBytes + 1, '漢')]);

      await expect(append).rejects.toMatchObject(MISUSE);
      expect(await idsIn(store, stream)).toEqual([fits.id]);
    });

    it('counts metadata', async ({ store, stream }) => {
      const { maxAppendBytes } = store.capabilities;
      const fits = withMetadata(maxAppendBytes);

      await store.append(stream, [fits]);
      const append = store.append(stream, [withMetadata(maxAppendBytes + 1)]);

      await expect(append).rejects.toMatchObject(MISUSE);
      expect(await idsIn(store, stream)).toEqual([fits.id]);
    });

    it('counts bytes as they are', async ({ store, stream }) => {
      const { maxAppendBytes } = store.capabilities;
      const room = maxAppendBytes - bytesOf({ ...event(), data: '' }) + 2;
      const fits = event({ data: new Uint8Array(room).fill(255) });

      await store.append(stream, [fits]);
      const append = store.append(stream, [event({ data: new Uint8Array(room + 1) })]);

      await expect(append).rejects.toMatchObject(MISUSE);
      const [stored] = await collect(store.read(stream));
      expect(stored?.data).toHaveLength(room);
    });

    it('counts the members of an append to several streams together', async ({
      store,
      streamOf,
    }) => {
      const { maxAppendBytes, multiStreamAppend } = store.capabilities;
      const half = Math.floor(maxAppendBytes / 2);
      const members = (second: number) =>
        [
          { stream: streamOf('a'), events: [filling(half)] },
          { stream: streamOf('b'), events: [filling(second)] },
        ] as const;

      const exceeding = store.appendToStreams(members(maxAppendBytes - half + 1));

      await expect(exceeding).rejects.toMatchObject(MISUSE);
      expect(await idsIn(store, streamOf('a'))).toEqual([]);
      if (multiStreamAppend)
        await expect(store.appendToStreams(members(maxAppendBytes - half))).resolves.toHaveLength(
          2,
        );
    });

    it('works as before when it has refused what was too large', async ({ store, stream }) => {
      const given = event();
      await store
        .append(stream, [filling(store.capabilities.maxAppendBytes * 2)])
        .catch(() => undefined);

      const result = await store.append(stream, [given], { expected: 'no-stream' });

      expect(result.revision).toBe(0);
      expect(await idsIn(store, stream)).toEqual([given.id]);
    });
  });
}

/** An event whose data and metadata have just so many bytes as JSON. */
function filling(bytes: number, character = 'x'): NewEvent {
  const empty = event({ data: '' });
  return { ...empty, data: textOf(bytes - bytesOf(empty), character) };
}

function withMetadata(bytes: number): NewEvent {
  const empty = event({ data: 1, metadata: metadataOf('') });
  return { ...empty, metadata: metadataOf('m'.repeat(bytes - bytesOf(empty))) };
}

function metadataOf(extra: string) {
  return { correlationId: 'c', extra };
}

/** So many bytes of text, as far as they go of `character`, the rest of `x`. */
function textOf(bytes: number, character: string): string {
  const size = Buffer.byteLength(character);
  return character.repeat(Math.floor(bytes / size)) + 'x'.repeat(bytes % size);
}

function bytesOf({ data, metadata }: NewEvent): number {
  return Buffer.byteLength(JSON.stringify(data)) + Buffer.byteLength(JSON.stringify(metadata));
}

/** Compares without printing megabytes when it fails. */
function sameText(a: unknown, b: unknown): boolean {
  return typeof a === 'string' && a === b;
}
