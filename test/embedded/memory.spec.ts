import { Folders } from './folders.js';
import { print } from './patience.js';
import { Processes, type StoreProcess } from './processes.js';

const LONG = process.env['MEMORY_TEST'] === 'long';
/** Events that are appended, and after how many memory is measured. */
const EVENTS = LONG ? 2_000_000 : 300_000;
const STEP = LONG ? 100_000 : 50_000;
/** What memory outside of files may differ by, from the first measurement on. */
const BOUND_MB = 64;

const processes = new Processes();
const folders = new Folders();

afterEach(async () => {
  await processes.end();
  await folders.remove();
});

/** Memory that belongs to no file, in MB, after a collection. */
async function memoryOf(process: StoreProcess): Promise<number> {
  return process.call<number>('memory');
}

describe('Memory', () => {
  it.each([
    ['appended and scanned', { newStreams: false }],
    ['each opening a stream', { newStreams: true }],
  ])(
    'stays within bounds over many events, %s',
    async (name, { newStreams }) => {
      const folder = await folders.create();
      const execArgv = ['--expose-gc'];
      const writer = await processes.start({ execArgv });
      const reader = await processes.start({ execArgv });
      await Promise.all([writer, reader].map((child) => child.call('open', { folder })));
      reader.call('followSilently').catch(() => undefined);
      const measured: { writer: number; reader: number }[] = [];

      for (let appended = 0; appended < EVENTS; appended += STEP) {
        await writer.call('appendMany', { first: appended, count: STEP, newStreams });
        await writer.call('scan', { last: 100_000 });
        await reader.call('caughtUp', { events: appended + STEP });
        measured.push({ writer: await memoryOf(writer), reader: await memoryOf(reader) });
        if (LONG) print(`  ${appended + STEP} events, ${name}: ${JSON.stringify(measured.at(-1))}`);
      }

      for (const role of ['writer', 'reader'] as const) {
        const values = measured.map((one) => one[role]);
        // The first steps fill caches that stay as large as they are.
        const settled = values.slice(Math.ceil(values.length / 3));
        print(`memory, ${name}: ${role} ${values.join(', ')} MB after each ${STEP} events`);
        expect(Math.max(...settled) - Math.min(...settled)).toBeLessThan(BOUND_MB);
      }
    },
    1_800_000,
  );
});
