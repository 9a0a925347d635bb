import { type Position, replayReactor } from '@everfold/core';
import { command } from '../attach.js';
import type { CommandGroup } from '../command.js';
import { EXIT } from '../exit-code.js';
import { listOf, pauseOf, resumeOf, statusOf } from './consumer-commands.js';
import { consumersNamed, required } from './named.js';

const replay = command<{ readonly from: string }>({
  name: 'replay',
  summary: 'have a reactor handle again what it has handled since a position',
  details:
    'Each event comes with the idempotency key that it had. The processes that run the reactor do it, and may run on.\n' +
    'Segments that have not come so far stay where they are.',
  arguments: [['<name>', 'of the reactor']],
  options: [
    {
      flags: '--from <position>',
      description: "the first event to be handled again; 'start': all of them",
      mandatory: true,
    },
  ],
  examples: [['reactors replay welcome-mail --from start', 'every mail is sent again']],
  async run({ output, session }, [argument], { from }) {
    const name = required(argument);
    const opened = await session();
    await consumersNamed(await opened.administration(), name, 'reactor');
    const place = from === 'start' ? from : (from as Position);
    const readModels = await opened.readModels();
    const segments = await replayReactor(readModels, opened.eventStore, name, place);
    await output.result({ name, from, segments }, () =>
      segments === 0
        ? `Nothing to repeat: no segment of ${name} has come so far.`
        : `${name} goes back: ${segments} segments start again from ${from}.`,
    );
    return EXIT.ok;
  },
});

/** Commands that operate on reactors. */
export const reactors: CommandGroup = {
  name: 'reactors',
  summary: 'list, control and replay reactors',
  commands: [
    listOf('reactor', 'list reactors with their lag and failures'),
    statusOf('reactor', 'show all that is known of reactors: segments, owners, why one stopped'),
    replay,
    pauseOf('reactor'),
    resumeOf('reactor'),
  ],
};
