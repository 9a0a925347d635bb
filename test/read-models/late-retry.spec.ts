import { Added, addTo, type Fault, ledgers, NOTHING } from './runner-ledger.js';
import { RunnerWorld, until } from './runner-world.js';

const SEGMENT = 'segments/ledgers@1.1/00';

/** Five events of one ledger, of which the second fails, and so parks what comes behind it, while `isBroken`. */
class Story {
  readonly world = new RunnerWorld('guarded');
  isBroken: boolean = true;
  readonly ids: string[] = [];
  readonly #fault: Fault = (_, next) => {
    if (this.isBroken && next.count === 2) throw new Error('Broken.');
    return next;
  };

  definition() {
    return ledgers({ fault: this.#fault, onFailure: 'park', maxAttempts: 1, segments: 1 });
  }

  async write(amount: number): Promise<void> {
    this.ids.push(...(await this.world.write('bad', new Added({ amount }))));
  }

  async parked(count: number): Promise<void> {
    await until(`${count} are parked`, async () => (await this.world.parked()).length === count);
  }

  /** What a former owner writes that had folded the second and the third event again, and stood still before it wrote. */
  async wakeFormerOwner(): Promise<void> {
    const { readModels } = this.world;
    const loaded = (await readModels.loadDocuments('ledgers@1.1', ['bad'])).get('bad');
    const third = (await this.world.parked())[1];
    if (loaded === undefined || third === undefined) throw new Error('Nothing is parked.');
    let document = NOTHING;
    for (const [index, eventId] of this.ids.slice(0, 3).entries())
      document = addTo(document, { amount: index + 1 }, { eventId });
    const [outcome] = await readModels.save([
      {
        collection: 'ledgers@1.1',
        documents: [
          {
            id: 'bad',
            document,
            position: third.position as typeof loaded.position,
            loadedAt: loaded.position,
          },
        ],
        put: [],
        remove: [],
        segment: { key: SEGMENT, version: 0, value: {} },
      },
    ]);
    expect(outcome).toEqual({ kind: 'fenced' });
  }
}

describe('A former owner that comes back late from a retry of parked events', () => {
  it.each([
    ['by its heir', false],
    ['by whoever comes after', true],
  ])('loses none that were parked behind meanwhile: they are found %s', async (_, isTakenOver) => {
    const story = new Story();
    await using world = story.world;
    const heir = await world.run([story.definition()]);
    await story.write(1);
    await heir.consumers.caughtUp();
    for (const amount of [2, 3, 4, 5]) await story.write(amount);
    await story.parked(4);

    await story.wakeFormerOwner();
    if (isTakenOver) {
      heir.kill();
      const next = await world.run([story.definition()]);
      await until('it is taken over', async () => (await next.owned()) === 1);
    }
    await story.write(6);
    await until('all is looked at', async () => (await world.parked()).length >= 3);
    story.isBroken = false;
    await world.request('retry', 'bad');

    await world.agrees();
    await story.parked(0);
  });
});
