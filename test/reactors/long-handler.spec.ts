import { until } from '../embedded/patience.js';
import { keeping, Stage } from './fixture.js';

let stage: Stage;

afterEach(async () => {
  await stage.end();
});

/** Waits until the process that has said so most often has said so many times more that it lives. */
async function beats(times: number): Promise<void> {
  const most = async () => {
    const members = await stage.readModels.listRecords('members/');
    return Math.max(...members.map(({ version }) => version));
  };
  const goal = (await most()) + times;
  await until('heartbeats', async () => (await most()) >= goal);
}

describe.each(['atomic', 'guarded'] as const)('A handler that takes long, %s', (commit) => {
  it('is called once, by one process, whatever others look for and for how long', async () => {
    stage = new Stage(commit);
    let open = (): void => undefined;
    const door = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { definition, texts } = keeping('notes', { segments: 1 }, async ({ text }) => {
      if (text === 'slow') await door;
    });
    await stage.note('a', 'slow', 'fast');
    const first = await stage.run(definition);
    await until('it is being handled', () => texts().length === 1);

    const others = await Promise.all([stage.run(definition), stage.run(definition)]);
    // Three times the time to live, and more.
    await beats(80);
    expect(texts()).toEqual(['slow']);
    open();
    await first.caughtUp();

    expect(texts()).toEqual(['slow', 'fast']);
    expect([...stage.told('taken-over'), ...stage.told('lease-lost')]).toEqual([]);
    const owned = await Promise.all(others.map((it) => it.status()));
    expect(owned.map(([it]) => it?.segments.owned)).toEqual([0, 0]);
  });
});
