import type { ConsumerInfo } from '@everfold/core';
import { command } from '../attach.js';
import type { AttachedCommand, CommandContext } from '../command.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { consumerDetails, consumerTable } from './consumer-view.js';
import { consumersNamed, required } from './named.js';

type Kind = ConsumerInfo['kind'];

const EXAMPLES = { projection: 'account-summaries', reactor: 'welcome-mail' } as const;

/** `list` for one kind of consumer. */
export function listOf(kind: Kind, summary: string): AttachedCommand {
  return command({
    name: 'list',
    summary,
    examples: [
      [`${kind}s list`, kind === 'projection' ? 'one line a generation' : 'one line each'],
    ],
    async run({ output, session }) {
      const administration = await (await session()).administration();
      const found = (await administration.list()).filter((it) => it.kind === kind);
      await output.result(found, () => (found.length === 0 ? none(kind) : consumerTable(found)));
      return EXIT.ok;
    },
  });
}

/** `status` for one kind of consumer. */
export function statusOf(kind: Kind, summary: string): AttachedCommand {
  return command({
    name: 'status',
    summary,
    arguments: [['[name]', `of the ${kind}; default: all`]],
    examples: [[`${kind}s status ${EXAMPLES[kind]}`, 'segment by segment']],
    async run({ output, session }, [name]) {
      const administration = await (await session()).administration();
      const found =
        name === undefined
          ? (await administration.list()).filter((it) => it.kind === kind)
          : await consumersNamed(administration, name, kind);
      await output.result(found, () =>
        found.length === 0 ? none(kind) : found.map(consumerDetails).join('\n\n\n'),
      );
      return EXIT.ok;
    },
  });
}

/** `pause` for one kind of consumer. */
export function pauseOf(kind: Kind): AttachedCommand {
  return command({
    name: 'pause',
    summary: `hold a ${kind}, in every process`,
    details: `It is held within a heartbeat until ${kind}s resume, and falls behind meanwhile.`,
    arguments: [['<name>', `of the ${kind}`]],
    examples: [[`${kind}s pause ${EXAMPLES[kind]}`, 'nobody feeds it any more']],
    run: (context, [name]) => control(context, kind, required(name), 'pause'),
  });
}

/** `resume` for one kind of consumer. */
export function resumeOf(kind: Kind): AttachedCommand {
  return command({
    name: 'resume',
    summary: `let a ${kind} go on; stopped segments try again`,
    arguments: [['<name>', `of the ${kind}`]],
    examples: [[`${kind}s resume ${EXAMPLES[kind]}`, 'goes on where it was paused or stopped']],
    run: (context, [name]) => control(context, kind, required(name), 'resume'),
  });
}

async function control(
  { session, output }: CommandContext,
  kind: Kind,
  name: string,
  what: 'pause' | 'resume',
): Promise<ExitCode> {
  const administration = await (await session()).administration();
  await consumersNamed(administration, name, kind);
  await administration[what](name);
  const paused = what === 'pause';
  await output.result({ name, paused }, () => (paused ? `${name} is paused.` : `${name} goes on.`));
  return EXIT.ok;
}

function none(kind: Kind): string {
  return `No ${kind}s: the configuration declares none.`;
}
