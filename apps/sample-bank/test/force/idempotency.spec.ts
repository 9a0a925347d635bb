import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BankProcess } from '../support/bank-process.js';
import type { Answer } from '../support/http-client.js';
import { codeOf } from '../support/problems.js';
import { Random, seedFrom } from '../support/random.js';
import { withBanks } from '../support/with-banks.js';
import { type Command, eventsByKey, isReplay, oneOfEach, send, told } from './support/commands.js';

const SEED = seedFrom('IDEMPOTENCY_SEED');
const PATIENCE_MS = 600_000;
const KILLS = 8;
const RACES = 8;
const AT_ONCE = 100;
const SETS = 4;
/** The most turns of this process's event loop that a killer waits after an answer. */
const MOST_TURNS = 300;

describe(`one key, by force (IDEMPOTENCY_SEED=${SEED})`, () => {
  it(
    `is one event and one answer before and after SIGKILL, ${KILLS} times at any moment`,
    () =>
      withBanks(async (start, folder) => {
        const random = new Random(SEED);
        const keys: string[] = [];
        let bank = await start();

        for (let round = 1; round <= KILLS; round += 1) {
          const dying = bank;
          const sets = await Promise.all(Array.from({ length: SETS }, () => oneOfEach(dying)));
          const commands = sets.flat();
          const before = await answersUntilKilled(bank, commands, {
            answers: random.below(commands.length - 1),
            turns: random.below(MOST_TURNS),
          });
          bank = await start();
          const survivor = bank;
          const after = await Promise.all(commands.map((command) => send(survivor, command)));
          const again = await Promise.all(commands.map((command) => send(survivor, command)));

          expect(after.map(({ status }) => status)).toEqual(commands.map(({ status }) => status));
          expect(again.map(told)).toEqual(after.map(told));
          expect(again.filter((each) => !isReplay(each))).toEqual([]);
          for (const [index, first] of before) {
            expect(after[index] && told(after[index])).toEqual(told(first));
            expect(after[index] && isReplay(after[index])).toBe(true);
          }
          keys.push(...commands.map(({ key }) => key));
          expect(await eventsByKey(folder)).toEqual(new Map(keys.map((key) => [key, 1])));
        }
        await bank.kill('SIGTERM');
      }),
    PATIENCE_MS,
  );

  it(
    `is one event and one answer when two processes are asked at once, ${RACES} times`,
    () =>
      withBanks(async (start, folder) => {
        const banks = [await start(), await start()] as const;
        const keys: string[] = [];

        for (let race = 1; race <= RACES; race += 1) {
          const commands = await oneOfEach(banks[race % 2 === 0 ? 0 : 1]);
          const answers = await Promise.all(
            commands.map((command) =>
              Promise.all([...banks, ...banks, ...banks].map((bank) => send(bank, command))),
            ),
          );

          commands.forEach((command, index) => {
            expectOneAnswer(command, answers[index]);
          });
          keys.push(...commands.map(({ key }) => key));
        }
        await Promise.all(banks.map((bank) => bank.kill('SIGTERM')));

        expect(await eventsByKey(folder)).toEqual(new Map(keys.map((key) => [key, 1])));
      }),
    PATIENCE_MS,
  );

  it(
    'is one event when two processes are asked for different things under it',
    () =>
      withBanks(async (start, folder) => {
        const banks = [await start(), await start()] as const;
        const [deposit, , opening] = await oneOfEach(banks[0]);
        const others = [
          [deposit, { amount: 8, reference: 'salary' }],
          [opening, { owner: 'Eve', currency: 'USD', overdraftLimit: 5 }],
        ] as const;

        for (const [command, json] of others) {
          if (command === undefined) throw new Error('There is no such command.');
          const other = { ...command, json };
          const answers = await Promise.all(
            [command, other, command, other].flatMap((each) =>
              banks.map((bank) => send(bank, each)),
            ),
          );

          const done = answers.filter(({ status }) => status === command.status);
          const refused = answers.filter(({ status }) => status !== command.status);
          expect(new Set(done.map((each) => JSON.stringify(told(each)))).size).toBe(1);
          expect(refused.map(codeOf)).toEqual(new Array(4).fill('key-reused'));
        }
        await Promise.all(banks.map((bank) => bank.kill('SIGTERM')));

        expect(await eventsByKey(folder)).toEqual(
          new Map(others.map(([command]) => [command?.key, 1])),
        );
      }),
    PATIENCE_MS,
  );

  it(
    `is one event and one answer when one process is asked ${AT_ONCE} times at once`,
    () =>
      withBanks(async (start, folder) => {
        const bank = await start();
        const commands = await oneOfEach(bank);

        for (const command of commands) {
          const answers = await Promise.all(
            Array.from({ length: AT_ONCE }, () => send(bank, command)),
          );

          expectOneAnswer(command, answers);
        }
        await bank.kill('SIGTERM');

        expect(await eventsByKey(folder)).toEqual(new Map(commands.map(({ key }) => [key, 1])));
      }),
    PATIENCE_MS,
  );
});

/** Sends all commands at once, kills the bank after so many answers and turns, and hands out what was answered, by place. */
async function answersUntilKilled(
  bank: BankProcess,
  commands: readonly Command[],
  killed: { readonly answers: number; readonly turns: number },
): Promise<ReadonlyMap<number, Answer>> {
  const answers = new Map<number, Answer>();
  const sent = commands.map(async (command, index) => {
    answers.set(index, await send(bank, command));
  });
  const settled = Promise.allSettled(sent);
  while (answers.size < killed.answers) await nextTurn();
  for (let turn = 0; turn < killed.turns; turn += 1) await nextTurn();
  await bank.kill('SIGKILL');
  await settled;
  return answers;
}

/** A duplicate waits for the first and gets its answer: here none is told that the first is still in flight. */
function expectOneAnswer({ name, status }: Command, answers: readonly Answer[] = []): void {
  const different = new Set(answers.map((each) => JSON.stringify(told(each))));
  expect([name, different.size, [...different][0]]).toEqual([
    name,
    1,
    expect.stringContaining(`"status":${status}`),
  ]);
  expect([name, answers.filter((each) => !isReplay(each)).length]).toEqual([name, 1]);
}
