import type { NonEmpty, SegmentSave } from '@everfold/core';
import { Ended, type Fault, ledgers } from './runner-ledger.js';
import { Barrier, type RunnerProcess } from './runner-process.js';
import { RunnerWorld, until } from './runner-world.js';

/** The steps of a guarded write, in their order; a crash may come behind each. */
const STEPS = ['records', 'documents', 'removals'] as const;

type Step = (typeof STEPS)[number];

/** What of a write is carried out before a crash: never the record of the segment. */
function upTo(step: Step, part: SegmentSave): SegmentSave {
  const reached = STEPS.indexOf(step);
  return {
    ...part,
    documents: reached >= 1 ? part.documents : [],
    remove: reached >= 2 ? part.remove : [],
    segment: { ...part.segment, version: 0 },
  };
}

/** Kills a process in the midst of its next write of which this is true. */
function killIn(
  world: RunnerWorld,
  process: RunnerProcess,
  step: Step,
  isMeant: (part: SegmentSave) => boolean,
): () => boolean {
  let isKilled = false;
  process.before = async ({ call, args }) => {
    const [parts] = args as [NonEmpty<SegmentSave>];
    if (call !== 'save' || isKilled || !parts.some(isMeant)) return;
    isKilled = true;
    for (const part of parts) await world.readModels.save([upTo(step, part)]);
    process.kill();
  };
  return () => isKilled;
}

class Broken {
  readonly documents = new Set(['bad']);

  readonly fault: Fault = ({ documentId }, next) => {
    if (this.documents.has(documentId)) throw new Error('Broken.');
    return next;
  };

  definition() {
    return ledgers({ fault: this.fault, onFailure: 'park', maxAttempts: 2, segments: 1 });
  }
}

const countParked = async (world: RunnerWorld) => (await world.parked()).length;

describe.each(STEPS)('A guarded write that is interrupted behind its %s', (step) => {
  it('is completed by the next owner, each event once', async () => {
    await using world = new RunnerWorld('guarded');
    const process = await world.run([ledgers({ segments: 2 })]);
    for (const ledger of 'abcd') await world.add(ledger);
    await world.write('a', new Ended({}));
    await world.agrees();
    const isKilled = killIn(world, process, step, ({ documents }) => documents.length > 0);

    for (const ledger of 'abcd') await world.add(ledger);
    await world.write('b', new Ended({}));
    await until('it was killed', isKilled);
    await world.run([ledgers({ segments: 2 })]);

    await world.agrees();
  });

  it('leaves an event parked once, or not at all yet', async () => {
    await using world = new RunnerWorld('guarded');
    const broken = new Broken();
    const process = await world.run([broken.definition()]);
    const isKilled = killIn(world, process, step, ({ put }) => put.length > 0);
    const failing = [...(await world.add('bad', 1)), ...(await world.add('bad', 2))];
    await until('it was killed', isKilled);

    const heir = await world.run([broken.definition()]);
    await until('both are parked', async () => (await countParked(world)) === 2);
    await heir.consumers.caughtUp();

    await world.agrees((id) => failing.includes(id));
    const [status] = await heir.consumers.status();
    expect(status?.parked).toBe(1);
    broken.documents.clear();
    await world.request('retry', 'bad');
    await world.agrees();
    expect(await countParked(world)).toBe(0);
  });

  it.each(['retry', 'drop'] as const)(
    'leaves no garbage of a %s, and does it once',
    async (kind) => {
      await using world = new RunnerWorld('guarded');
      const broken = new Broken();
      const process = await world.run([broken.definition()]);
      const [first] = [...(await world.add('bad', 1)), ...(await world.add('bad', 2))];
      await until('both are parked', async () => (await countParked(world)) === 2);
      broken.documents.clear();
      const isKilled = killIn(world, process, step, ({ remove }) => remove.length > 0);

      const [record] = await world.parked();
      const answered = world.request(kind, 'bad', record?.position);
      await until('it was killed', isKilled);
      const heir = await world.run([broken.definition()]);
      await answered;
      await world.add('bad', 3);

      await world.agrees((id) => kind === 'drop' && id === first);
      expect(await countParked(world)).toBe(0);
      await heir.consumers.caughtUp();
      expect(await heir.consumers.status()).toMatchObject([{ parked: 0, stopped: 0 }]);
    },
  );
});

describe('An owner that stood still while it held a parked document', () => {
  it('does not undo what was retried meanwhile', async () => {
    await using world = new RunnerWorld('guarded');
    const broken = new Broken();
    const zombie = await world.run([broken.definition()]);
    await world.add('bad', 1);
    await world.add('bad', 2);
    await until('both are parked', async () => (await countParked(world)) === 2);
    const [held, muted] = [new Barrier(), new Barrier()];
    zombie.before = ({ call }) => (call === 'save' ? held.pass() : undefined);
    await world.add('bad', 3);
    await until('it is about to park one more', () => held.arrived > 0);
    zombie.before = () => muted.pass();
    broken.documents.clear();
    await world.control(true);
    const heir = await world.run([broken.definition()]);
    await until('the heir owns it', async () => (await heir.owned()) === 1);

    await world.request('retry', 'bad');
    held.open();
    await until('its write was refused', () => zombie.count('stale') + zombie.count('fenced') > 0);
    muted.open();
    await world.control(false);
    await world.add('bad', 4);

    await world.agrees();
    await zombie[Symbol.asyncDispose]();
    await heir[Symbol.asyncDispose]();
    await world.run([broken.definition()]);
    await until('nothing is left', async () => (await countParked(world)) === 0);
  });
});
