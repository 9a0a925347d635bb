import { EventEmitter, getEventListeners, once } from 'node:events';
import { at, eventAt, FlakyLog, follow, reset } from './fixtures/flaky-log.js';
import { resumingSubscription } from './resuming-subscription.js';

const activeTimers = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

describe('What a resuming subscription reports', () => {
  it('is each failure with its attempt, which counts anew when a batch has led on', async () => {
    const log = new FlakyLog();
    log.batchSize = 1;
    log.write(2);
    const outcomes = [reset(), reset(), undefined, reset()];
    log.cut = () => outcomes.shift();
    const told: unknown[] = [];
    const reader = follow(log, {
      retry: { baseMs: 1, maxMs: 60_000 },
      report: (_, attempt) => told.push(attempt),
      recovered: () => told.push('recovered'),
    });

    await reader.until(2);

    expect(told).toEqual([1, 2, 'recovered', 1, 'recovered']);
    await reader.stop();
  });

  it('counts on while the store only says that it is caught up', async () => {
    const log = new FlakyLog();
    const cuts = Array.from({ length: 6 }, reset);
    log.subscribe = async function* () {
      yield { events: [], position: at(0), caughtUp: true };
      const cut = cuts.pop();
      if (cut !== undefined) throw cut;
      yield { events: [eventAt(1)], position: at(1), caughtUp: true };
    };
    const attempts: number[] = [];
    const reader = follow(log, {
      retry: { baseMs: 0, maxMs: 60_000 },
      report: (_, attempt) => attempts.push(attempt),
    });

    await reader.until(1);

    expect(attempts).toEqual([1, 2, 3, 4, 5, 6]);
    await reader.stop();
  });
});

describe('The end of a resuming subscription', () => {
  it('comes at once when it is aborted in a pause, with the reason of the signal', async () => {
    const log = new FlakyLog();
    log.cut = reset;
    const controller = new AbortController();
    const timers = activeTimers();
    const failed = new EventEmitter();
    const reader = follow(log, {
      signal: controller.signal,
      retry: { baseMs: 3_600_000, maxMs: 3_600_000 },
      report: () => failed.emit('failed'),
    });
    const next = reader.next();
    await once(failed, 'failed');

    controller.abort(new Error('enough'));

    await expect(next).rejects.toThrow('enough');
    expect(log.subscribed).toHaveLength(1);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect(activeTimers()).toBe(timers);
  });

  it('comes at once by return(), in a pause too', async () => {
    const log = new FlakyLog();
    log.cut = reset;
    const failed = new EventEmitter();
    const batches = resumingSubscription(log.asStore(), {
      retry: { baseMs: 3_600_000, maxMs: 3_600_000 },
      report: () => failed.emit('failed'),
    })[Symbol.asyncIterator]();
    const next = batches.next();
    await once(failed, 'failed');

    await batches.return?.();

    await expect(next).resolves.toEqual({ done: true, value: undefined });
  });

  it('comes with the reason of the signal, whatever the store rejects with then', async () => {
    const log = new FlakyLog();
    const controller = new AbortController();
    log.cut = () => {
      controller.abort(new Error('enough'));
      return reset();
    };
    const reports: unknown[] = [];
    const reader = follow(log, {
      signal: controller.signal,
      report: (error) => reports.push(error),
    });

    await expect(reader.next()).rejects.toThrow('enough');

    expect(reports).toEqual([]);
  });
});

describe('A slow consumer of a resuming subscription', () => {
  it('holds the store back to one batch', async () => {
    const log = new FlakyLog();
    log.write(3_000);
    const reader = follow(log);

    for (let batch = 1; batch <= 5; batch += 1) {
      await reader.next();
      await new Promise((resolve) => setImmediate(resolve));
      expect(log.made).toBe(batch);
    }

    await reader.stop();
  });
});
