import type { ConsumerInfo } from '@everfold/core';
import { parsePositive } from '../arguments.js';
import { command } from '../attach.js';
import type { CommandContext, CommandGroup, OptionDefinition } from '../command.js';
import { EXIT } from '../exit-code.js';
import { usageError } from '../failure.js';
import { grouped } from '../output/printable.js';
import { listOf, pauseOf, resumeOf, statusOf } from './consumer-commands.js';
import { differencesOf } from './differences.js';
import { withProgress } from './long-running.js';
import { consumersNamed, required } from './named.js';

const NAME = ['<name>', 'of the projection'] as const;

const GENERATION: OptionDefinition = {
  flags: '--generation <n>',
  description: 'of its generations, as projections list shows them',
  parse: parsePositive,
};

const ACCEPT_ORPHANS: OptionDefinition = {
  flags: '--accept-orphans',
  description:
    'switch although events found no document because the beginning of their stream is gone',
};

const ACCEPT_PARKED: OptionDefinition = {
  flags: '--accept-parked',
  description: 'switch although documents are parked there, which readers see as they stood before',
};

const ACCEPTED = [ACCEPT_ORPHANS, ACCEPT_PARKED];

interface Accepted {
  readonly acceptOrphans?: true | undefined;
  readonly acceptParked?: true | undefined;
}

const list = listOf('projection', 'list projections with their generations, lag and failures');

const status = statusOf(
  'projection',
  'show all that is known of projections: segments, owners, positions, why one stopped',
);

const rebuild = command<Accepted & { readonly switch: boolean; readonly restart?: true }>({
  name: 'rebuild',
  summary: 'fill a new generation beside the one in use, and switch to it',
  details:
    'The application serves the old generation until the new one is caught up. Interrupted at any moment, the next call goes on.\n' +
    'The old generation is kept for projections rollback, until projections drop.',
  arguments: [NAME],
  options: [
    { flags: '--no-switch', description: 'leave the new generation to be switched to later' },
    {
      flags: '--restart',
      description:
        'drop what an interrupted rebuild has filled, and begin anew: after folds changed',
    },
    ...ACCEPTED,
  ],
  examples: [
    ['projections rebuild account-summaries', 'rebuilds it while the application serves it'],
  ],
  async run(context, [argument], { switch: switches, restart, ...accepted }) {
    const name = required(argument);
    const administration = await (await context.session()).administration();
    await consumersNamed(administration, name, 'projection');
    const done = await withProgress(context, (options) =>
      administration.rebuild(name, {
        ...options,
        switch: switches,
        restart,
        ...acceptedBy(accepted),
      }),
    );
    await context.output.result(done, () => {
      const filled = `${done.consumer} is filled from ${grouped(done.events)} events`;
      return done.switched ? `${filled} and serves now.` : `${filled}; switch to it when you like.`;
    });
    return EXIT.ok;
  },
});

const verify = command<{ readonly generation?: number; readonly limit: number }>({
  name: 'verify',
  summary: 'fold the log again aside, and report the documents that differ',
  details: 'Nothing is changed. Ends with 3 when a document differs.',
  arguments: [NAME],
  options: [
    GENERATION,
    {
      flags: '--limit <n>',
      description: 'how many documents to show; with --json all are',
      parse: parsePositive,
      preset: 20,
    },
  ],
  examples: [['projections verify account-summaries', 'shows what differs, field by field']],
  async run(context, [argument], { generation, limit }) {
    const name = required(argument);
    const administration = await (await context.session()).administration();
    const total = handledBy(await consumersNamed(administration, name, 'projection'), generation);
    const found = await withProgress(context, ({ signal, onProgress }) =>
      administration.verify(name, {
        signal,
        generation,
        // Each event that was handled is folded again.
        onProgress: (step) => onProgress(step.phase === 'folding' ? { total, ...step } : step),
      }),
    );
    await context.output.result(found, () => differencesOf(found, limit));
    return found.differences.length === 0 ? EXIT.ok : EXIT.different;
  },
});

const switchTo = command<Accepted>({
  name: 'switch',
  summary: 'switch to a generation that is caught up',
  details: 'The one in use is fed on and kept for projections rollback.',
  arguments: [NAME, ['<generation>', 'its number, as projections list shows it']],
  options: ACCEPTED,
  examples: [['projections switch account-summaries 2', 'reads get generation 2 from now on']],
  async run(context, [argument, number], accepted) {
    const name = required(argument);
    const generation = numbered(required(number));
    const administration = await (await context.session()).administration();
    await consumersNamed(administration, name, 'projection');
    await withProgress(context, (options) =>
      administration.switch(name, generation, { ...options, ...acceptedBy(accepted) }),
    );
    await context.output.result(
      { name, serving: generation },
      () => `Generation ${generation} of ${name} serves now.`,
    );
    return EXIT.ok;
  },
});

const rollback = command<Accepted>({
  name: 'rollback',
  summary: 'switch back to the generation in use before',
  arguments: [NAME],
  options: ACCEPTED,
  examples: [['projections rollback account-summaries', 'undoes the last switch']],
  async run(context, [argument], accepted) {
    const name = required(argument);
    const administration = await (await context.session()).administration();
    await consumersNamed(administration, name, 'projection');
    await withProgress(context, (options) =>
      administration.rollback(name, { ...options, ...acceptedBy(accepted) }),
    );
    const serving = await servingOf(context, name);
    await context.output.result({ name, serving }, () => `${name} is back at ${serving ?? '?'}.`);
    return EXIT.ok;
  },
});

const drop = command<{ readonly generation?: number; readonly projectionVersion?: number }>({
  name: 'drop',
  summary: 'remove a generation, or a version that no configuration declares any more',
  details:
    'Never the generation in use. What is dropped can be had again by projections rebuild only.',
  arguments: [NAME],
  options: [
    GENERATION,
    {
      flags: '--projection-version <n>',
      description: 'of its versions; default: the declared one',
      parse: parsePositive,
    },
  ],
  examples: [
    ['projections drop account-summaries --generation 1', 'removes what was kept for rollback'],
    ['projections drop account-summaries --projection-version 1', 'removes all of an old version'],
  ],
  async run(context, [argument], { generation, projectionVersion: version }) {
    const name = required(argument);
    const administration = await (await context.session()).administration();
    await consumersNamed(administration, name, 'projection');
    await withProgress(context, (options) =>
      administration.drop(name, { version, generation }, options),
    );
    await context.output.result({ name, version, generation, dropped: true }, () => {
      const what = [version && `version ${version}`, generation && `generation ${generation}`];
      return `Dropped ${what.filter(Boolean).join(', ') || 'it'} of ${name}.`;
    });
    return EXIT.ok;
  },
});

/** Commands that operate on projections. */
export const projections: CommandGroup = {
  name: 'projections',
  summary: 'list, rebuild, verify and control read models',
  commands: [
    list,
    status,
    rebuild,
    verify,
    switchTo,
    rollback,
    drop,
    pauseOf('projection'),
    resumeOf('projection'),
  ],
};

/** What the command line accepts, and nothing else that stands there. */
function acceptedBy({ acceptOrphans, acceptParked }: Accepted): Accepted {
  return { acceptOrphans, acceptParked };
}

/** How many events the generation that is looked at has handled. */
function handledBy(
  found: readonly ConsumerInfo[],
  generation: number | undefined,
): number | undefined {
  const looked = found.find((it) =>
    generation === undefined
      ? it.state === 'serving' && it.declared
      : it.generation === generation && it.declared,
  );
  return looked?.segments.reduce((sum, { handled }) => sum + handled, 0);
}

function numbered(generation: string): number {
  if (/^[1-9]\d{0,14}$/.test(generation)) return Number(generation);
  throw usageError(`Generation '${generation}': write its number, as projections list shows it.`);
}

async function servingOf({ session }: CommandContext, name: string): Promise<string | undefined> {
  const administration = await (await session()).administration();
  const found = await consumersNamed(administration, name, 'projection');
  return found.find((it) => it.state === 'serving' && it.declared)?.consumer;
}
