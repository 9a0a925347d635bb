// Appends, and says what was acknowledged; a second process, started by this one, says what it is shown.
//   node durable-appends.mjs <folder>            waits for calls
//   node durable-appends.mjs <folder> follow     a reader
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { EmbeddedEventStore } from '@everfold/embedded';
import { say, serve } from './protocol.mjs';

const [folder, role] = process.argv.slice(2);
const store = await EmbeddedEventStore.open(folder);

function events(count, length) {
  return Array.from({ length: count }, () => ({ id: randomUUID(), type: 'written', version: 1, data: 'x'.repeat(length), metadata: {} }));
}

async function append(shape) {
  const members = shape.map(([stream, count, length]) => ({ stream, events: events(count, length) }));
  if (members.length === 1) await store.append(members[0].stream, members[0].events);
  else await store.appendToStreams(members);
  say({ acknowledged: members.flatMap(({ events: all }) => all.map(({ id }) => id)) });
}

async function follow() {
  for await (const batch of store.subscribe()) {
    say({ shown: batch.events.map(({ id }) => id) });
    if (batch.events.some(({ type }) => type === 'last')) process.exit(0);
  }
}

if (role === 'follow') await follow();
else
  serve({
    /** Appends so often, so many at once, in turns of different shapes. */
    async append({ turns, atOnce }) {
      for (let turn = 0; turn < turns; turn += 1)
        await Promise.all(
          Array.from({ length: atOnce }, (_, lane) => {
            const stream = `account-${lane}`;
            const shapes = [[[stream, 1, 10]], [[stream, 5, 300]], [[stream, 2, 20_000]], [[stream, 1, 100], [`other-${lane}`, 3, 50]]];
            return append(shapes[(turn + lane) % shapes.length]);
          }),
        );
    },
    async appendFollowed({ turns }) {
      const reader = spawn(process.execPath, [process.argv[1], folder, 'follow'], { stdio: ['ignore', 'inherit', 'inherit'] });
      const ended = once(reader, 'exit');
      for (let turn = 0; turn < turns; turn += 1) await append([[`account-${turn % 3}`, 1 + (turn % 4), 100]]);
      await store.append('account-9', [{ ...events(1, 1)[0], type: 'last' }]);
      const [code] = await ended;
      return code;
    },
  });
