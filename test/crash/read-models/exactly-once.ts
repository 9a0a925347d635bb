import { setTimeout as delay } from 'node:timers/promises';
import { print, until } from '../../embedded/patience.js';
import { Random } from '../../embedded/random.js';
import { type Place, Stage, type Worker } from './stage.js';

const LONG = process.env['CRASH_TESTS'] === 'long';
const LONG_FORM: Effort = { rounds: 500, zombies: 100 };
const WORKERS = 4;
const TIMEOUT_MS = LONG ? 3_600_000 : 400_000;

/** How often it is tried outside of the long form. */
export interface Effort {
  readonly rounds: number;
  readonly zombies: number;
}

const random = Random.fromEnvironment();

/** Ends a worker without warning; another one comes in its place. */
async function kill(stage: Stage, worker: Worker): Promise<void> {
  stage.workers.splice(stage.workers.indexOf(worker), 1);
  worker.process.kill('SIGKILL');
  await worker.process.ended;
  await stage.startWorker();
}

/** Holds a worker for a random time, up to beyond its lease. */
async function pause(worker: Worker): Promise<void> {
  worker.process.kill('SIGSTOP');
  await delay(random.between(1, 900));
  worker.process.kill('SIGCONT');
}

/**
 * Declares what holds of read models wherever they lie, whatever becomes of those who write them.
 *
 * @param place - Asked for each test.
 */
export function describeExactlyOnce(name: string, place: () => Place, effort: Effort): void {
  const { rounds, zombies } = LONG ? LONG_FORM : effort;
  let stage: Stage;

  beforeAll(() => print(`read models: SEED=${random.seed}`));

  beforeEach(async () => {
    stage = new Stage(random);
    await stage.open(place());
  });

  afterEach(async () => {
    await stage.close();
  });

  it(
    'are what a serial fold makes, however often their workers are killed and paused',
    async () => {
      await stage.startWriters(4);
      for (let count = 0; count < WORKERS; count += 1) await stage.startWorker();
      const done = { kills: 0, pauses: 0 };

      for (let round = 0; round < rounds; round += 1) {
        const isKill = random.below(2) === 0;
        const worker = random.pick(stage.workers);
        if (isKill) await kill(stage, worker);
        else await pause(worker);
        done[isKill ? 'kills' : 'pauses'] += 1;
        await delay(random.between(0, 60));
      }
      const appends = await stage.stopWriters();
      const { actual, expected } = await stage.compare();

      for (const worker of stage.workers) await stage.note(worker);
      print(
        `read models, ${name}: ${done.kills} kills, ${done.pauses} pauses, ${appends} appends, ${Object.keys(expected).length} documents`,
      );
      expect(actual).toEqual(expected);
    },
    TIMEOUT_MS,
  );

  it(
    'are not written by zombies that wake between load and commit',
    async () => {
      await stage.startWriters(2);
      for (let count = 0; count < 3; count += 1) await stage.startWorker();

      for (let made = 0; made < zombies; made += 1) {
        const zombie = random.pick(stage.workers);
        const others = stage.workers.filter((worker) => worker !== zombie);
        const taken = (): number =>
          others.reduce((sum, { reports }) => sum + (reports['taken-over'] ?? 0), 0);
        const before = { held: zombie.held, taken: taken() };
        const hold = await stage.hold(zombie);
        await until('a save that is held', () => zombie.held > before.held);
        await until('another owner', () => taken() > before.taken);
        await delay(random.between(0, 100));
        if (made === zombies - 1) {
          // What the last one writes nobody writes over.
          await stage.stopWriters();
          await others[0]?.process.call('caughtUp');
        }
        await hold.release();
      }
      for (const worker of stage.workers) await stage.note(worker);
      const { actual, expected } = await stage.compare();

      const { fenced, stale } = stage.refused;
      print(`read models, ${name}: ${zombies} zombies, refused: ${fenced} fenced, ${stale} stale`);
      expect(fenced + stale).toBeGreaterThanOrEqual(zombies);
      expect(actual).toEqual(expected);
    },
    TIMEOUT_MS,
  );
}
