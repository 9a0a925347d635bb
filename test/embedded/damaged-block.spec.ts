import type { RecordedEvent } from '@everfold/core';
import { EmbeddedEventStore } from '@everfold/embedded';
import { apply, copyStore, flipIn } from './damage.js';
import { type LiveData, recordsOf } from './data-file.js';
import { collect } from './events.js';
import { Folders } from './folders.js';
import { print } from './patience.js';
import { Random } from './random.js';
import { fillSample } from './sample-store.js';

const folders = new Folders();
const shared = new Folders();
const random = Random.fromEnvironment();
let sample: string;
let live: LiveData;

beforeAll(async () => {
  print(`damaged blocks: SEED=${random.seed}`);
  sample = await shared.create();
  live = await fillSample(sample);
}, 60_000);

afterAll(() => shared.remove());

afterEach(() => folders.remove());

/** Everything about an event. */
function textOf(event: RecordedEvent): string {
  const data = event.data instanceof Uint8Array ? [...event.data] : event.data;
  return JSON.stringify({ ...event, data });
}

describe('Reading a damaged block', () => {
  it('rejects with the position of the damage, and shows nothing that was not written', async () => {
    const blocks = live.entries.filter(({ kind }) => kind === 'block');
    const healthy = await eventsOf(sample);
    const folder = await copyStore(sample, await folders.create());
    let refused = 0;
    for (let damage = 0; damage < 12; damage += 1) {
      const entry = random.pick(blocks);
      const flip = flipIn([entry.valueRange], random);
      await apply(folder, flip);

      const shown: string[] = [];
      const reading = (async () => {
        await using store = await EmbeddedEventStore.open(folder);
        for await (const event of store.readAll()) shown.push(textOf(event));
      })();
      const error: unknown = await reading.then(
        () => undefined,
        (reason: unknown) => reason,
      );

      await apply(folder, flip);
      const { first, count } = recordsOf(entry);
      expect(shown.findIndex((text, at) => text !== healthy[at])).toBe(-1);
      if (error === undefined) {
        // The version of a block tells readers nothing: only verify() compares it.
        expect(flip.at - entry.valueRange.at).toBeLessThan(8);
        continue;
      }
      refused += 1;
      expect(error).toMatchObject({ code: 'STORE_CORRUPTED' });
      const position = Number((error as { position?: string }).position);
      expect(position).toBeGreaterThanOrEqual(first);
      expect(position).toBeLessThan(first + count);
      expect(healthy[shown.length - 1] ?? '').not.toContain(String(first).padStart(16, '0'));
    }
    expect(refused).toBeGreaterThan(8);
  }, 120_000);

  async function eventsOf(folder: string): Promise<readonly string[]> {
    await using store = await EmbeddedEventStore.open(
      await copyStore(folder, await folders.create()),
    );
    return (await collect(store.readAll())).map(textOf);
  }
});
