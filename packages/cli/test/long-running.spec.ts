import { Event, type EventStore, encodeEvent, newEventId, type Position } from '@everfold/core';
import { consumer } from './consumers.js';
import { Shell } from './shell.js';

class Opened extends Event('cli-long-running.opened') {}

const opened = () =>
  encodeEvent(new Opened(), { id: newEventId(), metadata: { correlationId: 'c' } });

async function positionsOf(store: EventStore): Promise<readonly Position[]> {
  const positions: Position[] = [];
  for await (const { position } of store.readAll()) positions.push(position);
  return positions;
}

describe('A rebuild', () => {
  it('guesses how many events there are by how far in the log it is, and says that it guesses', async () => {
    const shell = new Shell({
      administration: {
        list: async () => [consumer()],
        rebuild: async (_, options) => {
          const [, , third, , fifth] = await positionsOf(shell.store);
          const place = { position: third, head: fifth };
          options?.onProgress?.({ phase: 'filling', done: 10, ...place });
          options?.onProgress?.({ phase: 'more', done: 12, position: fifth, head: third });
          options?.onProgress?.({ phase: 'feeding', done: 10, total: 15, ...place });
          return { consumer: 'accounts@1.1', switched: true, events: 10 };
        },
      },
    });
    await shell.store.append('account-1', [opened(), opened(), opened(), opened(), opened()]);

    const told = await shell.run(['projections', 'rebuild', 'accounts']);
    const json = await shell.run(['projections', 'rebuild', 'accounts', '--json']);

    expect(told.stderr).toBe('filling: 10 of about 20\nmore: 12 of 12\nfeeding: 10 of 15\n');
    const steps = json.stderr.trimEnd().split('\n');
    expect(steps.map((line) => JSON.parse(line).progress)).toEqual([
      { phase: 'filling', done: 10, total: 20, isEstimate: true },
      { phase: 'more', done: 12, total: 12 },
      { phase: 'feeding', done: 10, total: 15 },
    ]);
  });
});
