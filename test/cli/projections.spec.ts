import {
  type Consumers,
  createReadModel,
  Event,
  encodeEvent,
  newEventId,
  projection,
  reactor,
  runConsumers,
} from '@everfold/core';
import { EmbeddedStore } from '@everfold/embedded';
import { jest } from '@jest/globals';
import { CommandLine } from './command-line.js';

// Every test starts processes, which takes its time on a busy machine.
jest.setTimeout(90_000);

const DEFINITIONS = `
  import { Event, projection, reactor } from '@everfold/core';
  class Deposited extends Event('cli.deposited') {}
  const factor = Number(process.env.FACTOR ?? 1);
  export const balances = projection('balances', { version: 1, initial: (id) => ({ id, balance: 0 }) })
    .on(Deposited, (doc, { amount }) => {
      if (amount === 13 && !process.env.MENDED) throw new Error('13 is unlucky');
      return { ...doc, balance: doc.balance + amount * factor };
    });
  export const mails = reactor('mails').on(Deposited, async () => {});
`;
const CONFIG = `
  import { defineConfig } from '@everfold/cli';
  import { embedded } from '@everfold/embedded';
  import { balances, mails } from './definitions.mjs';
  export default defineConfig({ eventStore: embedded({ folder: './data' }), definitions: [balances, mails] });
`;

class Deposited extends Event('cli.deposited')<{ amount: number }> {}
interface Balance {
  readonly id: string;
  readonly balance: number;
}
let factor = 1;
let isMended = false;
let mailed: string[] = [];
const balances = projection<Balance>('balances', {
  version: 1,
  initial: (id) => ({ id, balance: 0 }),
  onFailure: 'park',
  maxAttempts: 2,
}).on(Deposited, (doc, { amount }) => {
  if (amount === 13 && !isMended) throw new Error('13 is unlucky');
  return { ...doc, balance: doc.balance + amount * factor };
});
const mails = reactor('mails').on(Deposited, async (_, { eventId }) => void mailed.push(eventId));

let line: CommandLine;
let store: EmbeddedStore;
let consumers: Consumers;

beforeEach(async () => {
  [factor, isMended, mailed] = [1, false, []];
  line = await CommandLine.open({ 'everfold.config.mjs': CONFIG, 'definitions.mjs': DEFINITIONS });
  store = await EmbeddedStore.open(line.path('data'));
  for (let n = 0; n < 40; n += 1) await deposit(`a-${n % 5}`, 1);
  await start();
});

afterEach(async () => {
  await consumers[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  await line.remove();
});

async function start(): Promise<void> {
  consumers = await runConsumers({
    eventStore: store,
    definitions: [balances, mails],
    retry: { baseMs: 1, maxMs: 5 },
    report: () => {},
  });
  await consumers.caughtUp();
}

async function deposit(account: string, amount: number): Promise<void> {
  const event = encodeEvent(new Deposited({ amount }), {
    id: newEventId(),
    metadata: { correlationId: 'c' },
  });
  await store.append(`account-${account}`, [event]);
}

async function json(...args: readonly string[]) {
  const { code, stdout, stderr } = await line.run([...args, '--json', '--quiet']);
  return { code, stderr, value: stdout === '' ? undefined : JSON.parse(stdout) };
}

function balanceOf(id: string): Promise<Balance | undefined> {
  return createReadModel(store, balances).get(id);
}

describe('The command, beside a serving application', () => {
  it('lists what is served', async () => {
    const { code, value } = await json('projections', 'list');

    expect(code).toBe(0);
    expect(value).toEqual([
      expect.objectContaining({ consumer: 'balances@1.1', state: 'serving', parked: 0, lagMs: 0 }),
    ]);
  });

  it('rebuilds, rolls back and drops', async () => {
    const rebuilt = await json('projections', 'rebuild', 'balances');
    await deposit('a-1', 5);
    await consumers.caughtUp();
    const after = await balanceOf('a-1');
    const dropServing = await json('projections', 'drop', 'balances', '--generation', '2');
    const back = await json('projections', 'rollback', 'balances');
    const dropped = await json('projections', 'drop', 'balances', '--generation', '2');
    const { value } = await json('projections', 'list');

    expect(rebuilt).toMatchObject({ code: 0, value: { consumer: 'balances@1.2', switched: true } });
    expect(after?.balance).toBe(13);
    expect(dropServing.code).toBe(5);
    expect(JSON.parse(dropServing.stderr).error.code).toBe('GENERATION_REFUSED');
    expect(back).toMatchObject({ code: 0, value: { serving: 'balances@1.1' } });
    expect(dropped.code).toBe(0);
    expect(value).toEqual([expect.objectContaining({ consumer: 'balances@1.1' })]);
    expect(await balanceOf('a-1')).toEqual(after);
  });

  it('says that documents are what the log says, or how they differ', async () => {
    const same = await line.run(['projections', 'verify', 'balances']);
    const other = await line.run(['projections', 'verify', 'balances'], { env: { FACTOR: '2' } });

    expect([same.code, other.code]).toEqual([0, 3]);
    expect(same.stdout).toContain('5 documents');
    expect(other.stdout).toContain('a-0 differs\n  balance: stored 8, expected 16');
  });

  it('pauses and resumes', async () => {
    await json('projections', 'pause', 'balances');
    const paused = await json('projections', 'list');
    await json('projections', 'resume', 'balances');
    const resumed = await json('projections', 'list');

    expect(paused.value).toEqual([expect.objectContaining({ paused: true })]);
    expect(resumed.value).toEqual([expect.objectContaining({ paused: false })]);
  });

  it('shows what is parked, and has it retried', async () => {
    await deposit('a-2', 13);
    await deposit('a-2', 1);
    await consumers.caughtUp();
    const list = await json('parked', 'list');
    const shown = await line.run(['parked', 'show', 'balances', 'a-2']);

    isMended = true;
    const asked = await json('parked', 'retry', 'balances', 'a-2');
    while ((await balanceOf('a-2'))?.balance !== 22) await new Promise(setImmediate);
    const none = await json('parked', 'retry', 'balances', 'a-2');

    expect(list.value).toHaveLength(2);
    expect(shown.stdout).toContain('13 is unlucky');
    expect(shown.stdout).toContain('"amount":13');
    expect([asked.value.documents, none.value.documents]).toEqual([1, 0]);
  });

  it('has a failing event dropped, and what waits behind it handled', async () => {
    await deposit('a-2', 13);
    await deposit('a-2', 1);
    await consumers.caughtUp();

    await json('parked', 'drop', 'balances', 'a-2');
    while ((await balanceOf('a-2'))?.balance !== 9) await new Promise(setImmediate);

    expect((await json('parked', 'list')).value).toEqual([]);
  });

  it('has a reactor handle everything again', async () => {
    const first = [...mailed];

    const { code } = await json('reactors', 'replay', 'mails', '--from', 'start');
    while (mailed.length < 2 * first.length) await new Promise(setImmediate);

    expect(code).toBe(0);
    expect(first).toHaveLength(40);
    expect(new Set(mailed.slice(40))).toEqual(new Set(first));
  });
});

describe('A rebuild that is interrupted', () => {
  it.each(['SIGINT', 'SIGKILL'] as const)('by %s goes on with the next call', async (signal) => {
    for (let n = 0; n < 3_000; n += 1) void deposit(`b-${n % 50}`, 1);
    await consumers.caughtUp();
    const running = line.start(['projections', 'rebuild', 'balances']);
    while (!(await filling())) await new Promise(setImmediate);
    running.kill(signal);
    const interrupted = await running.ended;

    const second = await json('projections', 'rebuild', 'balances');

    expect(interrupted).toMatchObject(
      signal === 'SIGINT' ? { code: 130, signal: null } : { code: null, signal },
    );
    expect(second.code).toBe(0);
    expect(interrupted.stderr).not.toContain('    at ');
    const verified = await json('projections', 'verify', 'balances');
    expect(verified).toMatchObject({ code: 0, value: { differences: [] } });
  });

  async function filling(): Promise<boolean> {
    const records = await store.listRecords('segments/balances@1.2/');
    return records.length > 0;
  }
});
