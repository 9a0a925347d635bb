import { setTimeout as delay } from 'node:timers/promises';
import { print, until } from '../../embedded/patience.js';
import { Random } from '../../embedded/random.js';
import { Stage, type Worker } from './stage.js';

const LONG = process.env['CRASH_TESTS'] === 'long';
/** A hundred in all. */
const ROUNDS = LONG ? { atomic: 500, guarded: 500 } : { atomic: 60, guarded: 40 };
const ZOMBIES = LONG ? 100 : 20;
const WORKERS = 4;
const TIMEOUT_MS = LONG ? 3_600_000 : 400_000;

const random = Random.fromEnvironment();
let stage: Stage;

beforeAll(() => print(`read models: SEED=${random.seed}`));

beforeEach(() => {
  stage = new Stage(random);
});

afterEach(async () => {
  await stage.close();
});

function pick(): Worker {
  return random.pick(stage.workers);
}

/** Ends a worker without warning; another one comes in its place. */
async function kill(worker: Worker): Promise<void> {
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

describe.each(['atomic', 'guarded'] as const)('Read models that are written %s', (commit) => {
  it(
    'are what a serial fold makes, however often their workers are killed and paused',
    async () => {
      await stage.open(commit);
      await stage.startWriters(4);
      for (let count = 0; count < WORKERS; count += 1) await stage.startWorker();
      const done = { kills: 0, pauses: 0 };

      for (let round = 0; round < ROUNDS[commit]; round += 1) {
        const isKill = random.below(2) === 0;
        if (isKill) await kill(pick());
        else await pause(pick());
        done[isKill ? 'kills' : 'pauses'] += 1;
        await delay(random.between(0, 60));
      }
      const appends = await stage.stopWriters();
      const { actual, expected } = await stage.compare();

      for (const worker of stage.workers) await stage.note(worker);
      print(
        `read models, ${commit}: ${done.kills} kills, ${done.pauses} pauses, ${appends} appends, ${Object.keys(expected).length} documents`,
      );
      expect(actual).toEqual(expected);
    },
    TIMEOUT_MS,
  );

  it(
    'are not written by zombies that wake between load and commit',
    async () => {
      await stage.open(commit);
      await stage.startWriters(2);
      for (let count = 0; count < 3; count += 1) await stage.startWorker();

      for (let zombies = 0; zombies < ZOMBIES; zombies += 1) {
        const zombie = pick();
        const others = stage.workers.filter((worker) => worker !== zombie);
        const taken = (): number =>
          others.reduce((sum, { reports }) => sum + (reports['taken-over'] ?? 0), 0);
        const before = { held: zombie.held, taken: taken() };
        const hold = await stage.hold(zombie);
        await until('a save that is held', () => zombie.held > before.held);
        await until('another owner', () => taken() > before.taken);
        await delay(random.between(0, 100));
        await hold.release();
      }
      await stage.stopWriters();
      const { actual, expected } = await stage.compare();

      for (const worker of stage.workers) await stage.note(worker);
      const { fenced, stale } = stage.refused;
      print(
        `read models, ${commit}: ${ZOMBIES} zombies, refused: ${fenced} fenced, ${stale} stale`,
      );
      expect(fenced + stale).toBeGreaterThanOrEqual(ZOMBIES);
      expect(actual).toEqual(expected);
    },
    TIMEOUT_MS,
  );
});
