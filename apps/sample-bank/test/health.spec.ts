import { once } from 'node:events';
import { connect } from 'node:net';
import { jest } from '@jest/globals';
import { codeOf } from './support/problems.js';
import { describeOnStores } from './support/stores.js';
import type { TestBank } from './support/test-bank.js';

await describeOnStores('health', ({ startTestBank }) => {
  let bank: TestBank;
  beforeEach(async () => {
    bank = await startTestBank();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await bank.stop();
  });

  it('is told as Terminus tells it when the bank runs and can do its work', async () => {
    const live = await bank.send('GET', '/health/live');
    const ready = await bank.send('GET', '/health/ready');

    expect(live).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(ready).toMatchObject({
      status: 200,
      body: { status: 'ok', info: { everfold: { status: 'up' } }, error: {} },
    });
    expect(ready.headers['cache-control']).toMatch(/no-store/);
  });

  it('is told with what is wrong when the store cannot be used, and the bank runs all the same', async () => {
    const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    bank.store.head = () => Promise.reject(new Error('the disk is on fire'));

    const ready = await bank.send('GET', '/health/ready');
    const live = await bank.send('GET', '/health/live');
    const lines = written.mock.calls.map(([line]) => String(line));

    expect(codeOf(ready)).toBe('store-unavailable');
    expect(ready.status).toBe(503);
    expect(ready.headers['retry-after']).toMatch(/^\d+$/);
    expect(ready.body.detail).toBe('everfold: the disk is on fire');
    expect(live.status).toBe(200);
    expect(lines).toEqual([
      expect.stringMatching(/warning ProblemFilter: GET \/health\/ready: .*the disk is on fire\n$/),
    ]);
  });

  it('is good again when the store is', async () => {
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { head } = bank.store;
    bank.store.head = () => Promise.reject(new Error('away'));
    await bank.send('GET', '/health/ready');
    bank.store.head = head;

    const { status } = await bank.send('GET', '/health/ready');

    expect(status).toBe(200);
  });

  it('says that the bank stops while it does', async () => {
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const late = connect(Number(new URL(bank.url).port), '127.0.0.1').setEncoding('utf8');
    await once(late, 'connect');
    // Answered on another connection: by now the bank has the first one.
    await bank.send('GET', '/health/live');

    const stopped = bank.stop();
    late.write('GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n');
    const [answer] = await once(late, 'data');
    await stopped;

    expect(answer).toMatch(/^HTTP\/1.1 503 /);
    expect(answer).toMatch(/shutting down/);
  });

  it.each(['/health/live', '/health/ready'])(
    'at %s keeps the manners of every route',
    async (path) => {
      const answers = [
        await bank.send('GET', `${path}/`),
        await bank.send('HEAD', path),
        await bank.send('POST', path),
        await bank.send('GET', `${path}/x`),
      ];

      expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 404]);
      expect(codeOf(await bank.send('GET', '/health'))).toBe('no-route');
    },
  );
});
