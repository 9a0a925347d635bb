import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { print, until, within } from '../../embedded/patience.js';
import { Random } from '../../embedded/random.js';
import type { Declared, Said } from './fire.js';
import { Fire } from './fire.js';

const LONG = process.env['CRASH_TESTS'] === 'long';
const EVENTS = LONG ? 500_000 : 200_000;
const REBUILDS = LONG ? 20 : 2;
const ROLLBACKS = LONG ? 20 : 1;
const KILLS = LONG ? 8 : 4;
/** Of a rollback, and of the smaller log. */
const FEWER_KILLS = LONG ? 8 : 3;
const ACCOUNTS = 1_000;
const TIMEOUT_MS = LONG ? 3_600_000 : 590_000;
const PATIENCE_MS = 120_000;

const RIGHT: Declared = { version: 1, isWrong: false };
const WRONG: Declared = { version: 1, isWrong: true };
const CORRECTED: Declared = { version: 2, isWrong: false };

type Operation = 'rebuild' | 'rollback';

const random = Random.fromEnvironment();
let fire: Fire;
/** Kills, switches by each operation, and switches that were called off. */
let done: Record<'kills' | 'applicationKills' | 'calledOff' | Operation, number>;

beforeAll(() => print(`rebuild under fire: SEED=${random.seed}`));

beforeEach(() => {
  fire = new Fire(random);
  done = { kills: 0, applicationKills: 0, calledOff: 0, rebuild: 0, rollback: 0 };
});

afterEach(async () => {
  await fire.close();
});

/** A moment at which an operation is ended: what it says then, and how much later. */
interface Aim {
  readonly isMet: (said: Said) => boolean;
  readonly waitMs: number;
}

/** Somewhere in an operation, mostly around its switch. */
function anywhere(): Aim {
  const kind = random.below(6);
  if (kind === 0) return { isMet: () => true, waitMs: random.between(0, 400) };
  if (kind < 3) return whileFilling(0);
  const wanted = kind < 5 ? 'switching' : 'handing over';
  return { isMet: ({ phase }) => phase === wanted, waitMs: random.between(0, 80) };
}

/** At a random share of what is left to fill of at least so many events. */
function whileFilling(least: number): Aim {
  const share = random.below(1_000) / 1_000;
  let first: number | undefined;
  const isMet = ({ phase, done: handled, total = handled }: Said): boolean => {
    first ??= handled;
    return phase === 'switching' || handled >= first + share * (Math.max(least, total) - first);
  };
  return { isMet, waitMs: random.between(0, 20) };
}

/** Begins an operation and ends its process at some moment. */
async function interrupt(
  operation: Operation,
  declared: Declared,
  { isMet, waitMs }: Aim,
): Promise<void> {
  let isAimMet = false;
  const administrator = await fire.startAdministrator(declared, (said) => {
    isAimMet ||= isMet(said);
  });
  let isOver = false;
  let failure: unknown;
  administrator.call(operation).then(
    () => {
      isOver = true;
    },
    (error: unknown) => {
      isOver = true;
      failure = error;
    },
  );
  await until('the moment to end an operation', () => isAimMet || isOver, PATIENCE_MS);
  await delay(waitMs);
  if (!isOver) done.kills += 1;
  else if (isCalledOff(failure)) done.calledOff += 1;
  else if (failure !== undefined) throw failure;
  administrator.kill();
  await administrator.ended;
}

/** Carries an operation out, however often it must be tried because switches are called off. */
async function complete(operation: Operation, declared: Declared): Promise<void> {
  const administrator = await fire.startAdministrator(declared);
  for (;;) {
    const operated = administrator.call(operation).then(
      () => true,
      (error: unknown) => {
        if (!isCalledOff(error)) throw error;
        done.calledOff += 1;
        return false;
      },
    );
    if (await within(`a ${operation}`, operated, PATIENCE_MS)) break;
  }
  await administrator.destroy();
}

/** Has an operation interrupted again and again, then carries it out. */
async function operate(operation: Operation, most: number, declared: Declared): Promise<void> {
  for (let kills = 0; kills < most; kills += 1) {
    const { serving } = await fire.model(declared.version);
    await interrupt(operation, declared, anywhere());
    if ((await fire.model(declared.version)).serving !== serving) done[operation] += 1;
    if (random.below(3) > 0) continue;
    await fire.killApplication(declared);
    done.applicationKills += 1;
  }
  await complete(operation, declared);
  done[operation] += 1;
}

/** Drops what is neither in use nor kept for rollback. */
async function tidy(declared: Declared): Promise<void> {
  const { serving, previous, generations } = await fire.model(declared.version);
  const administrator = await fire.startAdministrator(declared);
  for (const generation of Object.keys(generations).map(Number))
    if (generation !== serving && generation !== previous)
      await within('a drop', administrator.call('drop', { generation }), PATIENCE_MS);
  await administrator.destroy();
}

describe('A read model that is rebuilt under fire', () => {
  it(
    'goes back for no reader and leaves nothing out, however often its rebuilds and rollbacks are killed',
    async () => {
      const events = await fire.open(EVENTS, ACCOUNTS);
      const application = await fire.startApplication(RIGHT);
      await fire.caughtUp(application);
      await fire.startApplication(RIGHT);
      await fire.startWriters(4, 20);
      for (let count = 0; count < 2; count += 1) await fire.startReader(RIGHT, 25);

      for (let rebuilds = 0; rebuilds < REBUILDS; rebuilds += 1) {
        await operate('rebuild', KILLS, RIGHT);
        await tidy(RIGHT);
        if (rebuilds < ROLLBACKS) await operate('rollback', FEWER_KILLS, RIGHT);
      }
      const appends = await fire.stopWriters();
      for (const running of fire.applications) await fire.caughtUp(running);
      const counts = await fire.stopReaders();
      const { serving, previous = 0, generations } = await fire.model(1);

      print(
        `rebuild under fire: ${events} events and ${appends} appends beside, ${done.kills} kills of operators, ` +
          `${done.applicationKills} of applications, ${done.rebuild} switches by rebuilds and ${done.rollback} by rollbacks, ${done.calledOff} called off, ` +
          `${counts.reads} reads of ${counts.documents} documents, ${counts.pagings} pagings`,
      );
      expect(fire.violations).toEqual([]);
      const expected = await fire.serialFold();
      expect(await fire.documents(1, serving)).toEqual(expected);
      expect(await fire.documents(1, previous)).toEqual(expected);
      // What an interrupted rebuild has begun the next one goes on with, and begins none of its own.
      expect(Math.max(...Object.keys(generations).map(Number))).toBe(1 + done.rebuild);
    },
    TIMEOUT_MS,
  );

  it(
    'shows a wrong fold, and shows none when a new version has corrected it beside the old one',
    async () => {
      const events = await fire.open(EVENTS / 8, ACCOUNTS);
      await fire.caughtUp(await fire.startApplication(WRONG));
      await fire.startWriters(4, 20);
      await fire.startReader(WRONG, 20);

      const before = await fire.verify(RIGHT);
      for (let kills = 0; kills < FEWER_KILLS; kills += 1)
        await interrupt('rebuild', CORRECTED, whileFilling(events));
      await complete('rebuild', CORRECTED);
      await fire.startApplication(CORRECTED);
      await fire.startReader(CORRECTED, 20);
      const after = await fire.verify(CORRECTED);
      const appends = await fire.stopWriters();
      for (const running of fire.applications) await fire.caughtUp(running);
      const counts = await fire.stopReaders();
      const settled = await fire.verify(RIGHT);

      print(
        `rebuild under fire: wrong in ${settled.differences.length} of ${settled.documents} documents, ${done.kills} kills, ` +
          `${appends} appends, ${counts.reads} reads of ${counts.documents} documents`,
      );
      const expected = await fire.serialFold();
      const wrong = await fire.documents(1, 1);
      expect(fire.violations).toEqual([]);
      expect(after.differences).toEqual([]);
      expect(await fire.documents(2, (await fire.model(2)).serving)).toEqual(expected);
      expect(before.differences.length).toBeGreaterThan(0);
      const named = Object.fromEntries(settled.differences.map((it) => [it.documentId, it]));
      expect(named).toEqual(differences(wrong, expected));
    },
    TIMEOUT_MS,
  );
});

/** What the administration says of a switch whose process was silent for too long: everything is as before. */
function isCalledOff(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, 'code') === 'SWITCH_INTERRUPTED';
}

/** As it comes from another process. */
function plain(document: object | undefined): unknown {
  return JSON.parse(JSON.stringify(document));
}

/** As a verification should name them: documents that are not what the log says. */
function differences(
  actual: Readonly<Record<string, object>>,
  expected: Readonly<Record<string, object>>,
): object {
  const differing = Object.keys(expected).filter((id) => !isSame(expected[id], actual[id]));
  return Object.fromEntries(
    differing.map((documentId) => [
      documentId,
      {
        documentId,
        kind: 'differs',
        actual: plain(actual[documentId]),
        expected: plain(expected[documentId]),
      },
    ]),
  );
}

function isSame(a: object | undefined, b: object | undefined): boolean {
  return isDeepStrictEqual(plain(a), plain(b));
}
