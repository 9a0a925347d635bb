import { newEventId } from '@everfold/core';
import { consumer, parkedEvent } from './consumers.js';
import { Shell } from './shell.js';

const list = async () => [consumer()];

describe('parked list', () => {
  it('shows the first line of the error, and what waits behind it', async () => {
    const found = [parkedEvent(), parkedEvent({ revision: 1, error: undefined })];
    const shell = new Shell({ administration: { list, parked: async () => found } });

    const { stdout } = await shell.run(['parked', 'list']);

    expect(stdout).toMatch(/account-17 +0 +\S+ +TypeError: owner is undefined\n/);
    expect(stdout).toMatch(/account-17 +1 +\S+ +\(waits behind it\)\n/);
  });

  it('says so when nothing is parked', async () => {
    const shell = new Shell({ administration: { list, parked: async () => [] } });

    expect((await shell.run(['parked', 'list', 'accounts'])).stdout).toBe('Nothing is parked.\n');
    expect((await shell.run(['parked', 'list', '--json'])).stdout).toBe('[]\n');
  });
});

describe('parked show', () => {
  it('adds the data of the event, from the log', async () => {
    const eventId = newEventId();
    const shell = new Shell({
      administration: { list, parked: async () => [parkedEvent({ eventId }), parkedEvent()] },
    });
    await shell.store.append('account-17', [
      {
        id: eventId,
        type: 'account.opened',
        version: 1,
        data: { n: 7 },
        metadata: { correlationId: 'c' },
      },
    ]);

    const { stdout } = await shell.run(['parked', 'show', 'accounts', 'a-17']);

    expect(stdout).toContain('{"n":7}');
    expect(stdout).toContain('not in the log any more');
  });

  it('shows the one document that was named', async () => {
    const found = [parkedEvent(), parkedEvent({ documentId: 'a-18' })];
    const shell = new Shell({ administration: { list, parked: async () => found } });

    const { stdout } = await shell.run(['parked', 'show', 'accounts', 'a-18', '--json']);

    expect(JSON.parse(stdout)).toEqual([expect.objectContaining({ documentId: 'a-18' })]);
  });
});

describe('parked retry and drop', () => {
  const administration = { list, retryParked: async () => 2, dropParked: async () => 0 };

  it('say how many documents the owner was asked for', async () => {
    const shell = new Shell({ administration });

    const { stdout } = await shell.run(['parked', 'retry', 'accounts']);

    expect(stdout).toContain('2 documents');
    expect(shell.asked.at(-1)).toEqual(['retryParked', 'accounts', undefined]);
  });

  it('do not claim to have done anything where nothing was parked', async () => {
    const shell = new Shell({ administration });

    const { stdout } = await shell.run(['parked', 'drop', 'accounts', 'a-17']);

    expect(stdout).toContain('nobody was asked');
    expect(shell.asked.at(-1)).toEqual(['dropParked', 'accounts', 'a-17']);
  });

  it('drop wants a document', async () => {
    const shell = new Shell({ administration });

    const { code, stderr } = await shell.run(['parked', 'drop', 'accounts']);

    expect(code).toBe(2);
    expect(stderr).toContain("missing required argument 'document'");
  });
});
