import type { Consumers } from '@everfold/core';
import { print } from '../embedded/patience.js';
import { Random } from '../embedded/random.js';
import { keeping, type Reaction, Stage } from './fixture.js';

const random = Random.fromEnvironment();
const stage = new Stage();

beforeAll(() => print(`crowded reactor: SEED=${random.seed}`));

afterAll(async () => {
  await stage.end();
});

/** Handles events of many processes, with pauses and failures at random, and sees what must not be. */
class Witness {
  readonly wrong: string[] = [];
  readonly #last = new Map<string, number>();
  readonly #running = new Map<string, AbortSignal>();

  readonly act = async ({ stream, context }: Reaction): Promise<void> => {
    const { revision, signal } = context;
    this.#begin(stream, revision, signal);
    try {
      if (random.below(3) === 0)
        await new Promise((resolve) => setTimeout(resolve, random.below(4)));
      if (random.below(20) === 0) throw new Error('at random');
      this.#last.set(stream, Math.max(this.reached(stream), revision));
    } finally {
      this.#running.delete(stream);
    }
  };

  reached(stream: string): number {
    return this.#last.get(stream) ?? -1;
  }

  #begin(stream: string, revision: number, signal: AbortSignal): void {
    if (this.#running.get(stream)?.aborted === false)
      this.wrong.push(`${stream}: at two places at a time`);
    const reached = this.reached(stream);
    if (revision > reached + 1) this.wrong.push(`${stream}: ${revision} after ${reached}`);
    this.#running.set(stream, signal);
  }
}

/** Processes that come and go. */
async function comeAndGo(processes: Consumers[], join: () => Promise<Consumers>): Promise<void> {
  if (random.below(3) === 0) processes.push(await join());
  if (processes.length === 1 || random.below(3) > 0) return;
  const [gone] = processes.splice(random.below(processes.length), 1);
  await gone?.[Symbol.asyncDispose]();
}

describe('A reactor of which processes come and go while events are written', () => {
  it('handles all of them, those of a stream in order, none at two places at a time', async () => {
    const witness = new Witness();
    const options = { concurrency: 5, segments: 6, maxAttempts: 100 };
    const join = () => stage.run(keeping('notes', options, witness.act).definition);
    const processes = [await join()];
    const streams = Array.from({ length: 15 }, (_, index) => `a-${index}`);

    for (let round = 0; round < 60; round += 1) {
      for (let count = 0; count < 20; count += 1) await stage.note(random.pick(streams), 'some');
      await comeAndGo(processes, join);
    }
    await processes[0]?.caughtUp();

    for await (const { stream, revision } of stage.eventStore.readAll())
      expect(witness.reached(stream)).toBeGreaterThanOrEqual(revision);
    expect(witness.wrong).toEqual([]);
  }, 60_000);
});
