import { join } from 'node:path';
import { EmbeddedEventStore } from '@everfold/embedded';
import { inCopies, positions, verifyWith } from './copies.js';
import { apply, copyStore, flipIn } from './damage.js';
import { type LiveData, type LiveEntry, readLiveData, recordsOf } from './data-file.js';
import { Folders } from './folders.js';
import { print } from './patience.js';
import { Processes } from './processes.js';
import { Random } from './random.js';
import { fillSample } from './sample-store.js';

const processes = new Processes();
const folders = new Folders();
const shared = new Folders();
const random = Random.fromEnvironment();
let sample: string;
let live: LiveData;

beforeAll(async () => {
  print(`damaged entries: SEED=${random.seed}`);
  sample = await shared.create();
  live = await fillSample(sample);
}, 60_000);

afterAll(() => shared.remove());

afterEach(async () => {
  await processes.end();
  await folders.remove();
});

function entriesOf(kind: LiveEntry['kind']): readonly LiveEntry[] {
  return live.entries.filter((entry) => entry.kind === kind);
}

describe('An embedded store', () => {
  it('finds each changed byte in the key of a block, where a search goes astray', async () => {
    const blocks = entriesOf('block');
    const flips = Array.from({ length: 27 }, (_, index) => {
      const { keyRange } = random.pick(blocks);
      return flipIn([{ at: keyRange.at + (index % keyRange.length), length: 1 }], random);
    });

    await inCopies(sample, folders, flips, async (flip, folder, store) => {
      const report = await verifyWith(flip, folder, store);

      expect([flip, report.ok]).toEqual([flip, false]);
      expect(positions(report).some((at) => at >= 1)).toBe(true);
    });
  }, 240_000);

  it('finds each changed byte of the head and of the identity, and whatever else is damaged beside', async () => {
    const block = random.pick(entriesOf('block'));
    const { first, count } = recordsOf(block);
    const beside = flipIn([block.valueRange], random);
    const entries = entriesOf('other').filter(({ key }) => ['H', 'F'].includes(key.toString()));
    const flips = entries.flatMap((entry) =>
      Array.from({ length: 8 }, () => flipIn([entry.valueRange], random)),
    );

    expect(entries).toHaveLength(2);
    await inCopies(sample, folders, flips, async (flip, folder, store) => {
      await apply(folder, beside);
      const report = await verifyWith(flip, folder, store);
      await apply(folder, beside);

      expect(report.problems).toContainEqual(expect.objectContaining({ what: 'head' }));
      expect(positions(report).some((at) => at >= first && at < first + count)).toBe(true);
    });
  }, 240_000);

  it('finds a damaged snapshot', async () => {
    const folder = await folders.create();
    await using store = await EmbeddedEventStore.open(folder);
    await store.snapshots.save({ stream: 'account-1', revision: 3, content: { balance: 7 } });
    const { entries } = await readLiveData(join(folder, 'data.mdb'));
    const snapshot = entries.find(({ key }) => key.toString('latin1', 0, 1) === 'N');

    const healthy = await store.verify();
    await apply(folder, flipIn([snapshot?.valueRange ?? { at: 0, length: 0 }], random));
    const report = await store.verify();

    expect(healthy.ok).toBe(true);
    expect(report.problems).toMatchObject([{ what: 'snapshot' }]);
  });

  it('keeps an append from waiting for ever for a head whose version has changed', async () => {
    const folder = await copyStore(sample, await folders.create());
    const head = entriesOf('other').find(({ key }) => key.toString() === 'H');
    await apply(folder, { at: head?.valueRange.at ?? 0, xor: 1 });
    const writer = await processes.start();

    const outcome = await writer
      .call('open', { folder })
      .then(() => writer.call('append', { stream: 'account-1', expected: 'any' }))
      .catch((error: unknown) => error);

    expect(outcome).toMatchObject({ code: 'STORE_CORRUPTED' });
  }, 60_000);
});
