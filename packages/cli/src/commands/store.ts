import { type EventStore, StoreCorruptedError } from '@everfold/core';
import { command } from '../attach.js';
import type { CommandGroup } from '../command.js';
import { EXIT } from '../exit-code.js';
import { refusal } from '../failure.js';
import { grouped, printable } from '../output/printable.js';

/** What a store that can check itself finds; `EmbeddedEventStore` does. */
interface VerifyReport {
  readonly ok: boolean;
  readonly problems: readonly {
    readonly what: string;
    readonly position?: string | undefined;
    readonly detail: string;
  }[];
}

interface SelfChecking {
  verify(): Promise<VerifyReport>;
}

const verify = command({
  name: 'verify',
  summary: 'check every stored byte of the event store',
  details:
    'Nothing is changed, and the application may run meanwhile. Ends with 3 when something is damaged.',
  examples: [['store verify', 'reads blocks and index, and compares their checksums']],
  async run({ output, session }) {
    const report = await reportOf(session, () => output.remark('Checking the event store …'));
    await output.result(report, () => shown(report));
    return report.ok ? EXIT.ok : EXIT.different;
  },
});

/** Commands that look after the event store. */
export const store: CommandGroup = {
  name: 'store',
  summary: 'look after the event store',
  commands: [verify],
};

/** What the store finds; damage that keeps it from being opened is found by opening it. */
async function reportOf(
  session: () => Promise<{ readonly eventStore: EventStore }>,
  begins: () => void,
): Promise<VerifyReport> {
  try {
    const { eventStore } = await session();
    if (!isSelfChecking(eventStore))
      throw refusal('This event store cannot check itself: use the tools of its server.');
    begins();
    return await eventStore.verify();
  } catch (error) {
    if (!(error instanceof StoreCorruptedError)) throw error;
    const { position, message } = error;
    const detail = `${message} It cannot be opened, so that there may be more.`;
    return { ok: false, problems: [{ what: 'opening', position, detail }] };
  }
}

function isSelfChecking(store: object): store is SelfChecking {
  return 'verify' in store && typeof store.verify === 'function';
}

function shown({ ok, problems, ...counts }: VerifyReport): string {
  const read = Object.entries(counts)
    .filter((entry): entry is [string, number] => typeof entry[1] === 'number')
    .map(([name, count]) => `${grouped(count)} ${wordsOf(name)}`)
    .join(', ');
  const seen = read === '' ? '' : ` (${read})`;
  if (ok) return `The event store is whole${seen}.`;
  const found = problems.map(
    ({ what, position, detail }) =>
      `  ${printable(what)}${position === undefined ? '' : ` at ${position}`}: ${printable(detail)}`,
  );
  return [`The event store is damaged${seen}. Restore a backup.`, ...found].join('\n');
}

/** `indexEntries` as `index entries`. */
function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (it) => ` ${it.toLowerCase()}`);
}
