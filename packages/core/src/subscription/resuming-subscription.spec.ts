import {
  CheckpointAheadOfLogError,
  ForeignPositionError,
  StoreCorruptedError,
  StoreFormatTooNewError,
  StoreUnavailableError,
} from '../event-store/errors.js';
import type { SubscribeOptions } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { at, cutsAt, eventAt, FlakyLog, follow, reset, upTo } from './fixtures/flaky-log.js';
import { resumingSubscription } from './resuming-subscription.js';

describe('A resuming subscription', () => {
  it('survives five cuts while it catches up, with no gap and no repeat', async () => {
    const log = new FlakyLog();
    log.write(40);
    log.cut = cutsAt(1, 5, 14, 20, 40);
    const reader = follow(log);

    await reader.until(40);

    expect(reader.seen).toEqual(upTo(40));
    expect(log.subscribed).toHaveLength(6);
    await reader.stop();
  });

  it('survives five cuts while it is live', async () => {
    const log = new FlakyLog();
    log.write(1);
    const reader = follow(log);
    await reader.until(1);

    for (let cut = 1; cut <= 5; cut += 1) {
      const waiting = reader.until(1 + cut);
      await new Promise((resolve) => setImmediate(resolve));
      log.cutLive();
      log.write(1);
      await waiting;
    }

    expect(reader.seen).toEqual(upTo(6));
    expect(log.subscribed).toHaveLength(6);
    await reader.stop();
  });

  it('resumes from the last batch that was delivered when it is cut within the next', async () => {
    const log = new FlakyLog();
    log.write(6);
    log.cut = cutsAt(5);
    const reader = follow(log);

    await reader.until(6);

    expect(log.subscribed).toEqual([undefined, at(3)]);
    expect(reader.seen).toEqual(upTo(6));
    await reader.stop();
  });

  it('resumes from the position of a batch that had no events', async () => {
    const log = new FlakyLog();
    const batches = [
      { events: [], position: at(7), caughtUp: false },
      { events: [eventAt(9)], position: at(10), caughtUp: true },
    ];
    log.subscribe = async function* (options: SubscribeOptions = {}) {
      this.subscribed.push(options.after as Position | undefined);
      const batch = batches.shift();
      if (batch !== undefined) yield batch;
      throw reset();
    };
    const reader = follow(log);

    await reader.until(10);

    expect(log.subscribed).toEqual([undefined, at(7)]);
    await reader.stop();
  });

  it('loses nothing that is written between being caught up and the cut', async () => {
    const log = new FlakyLog();
    log.write(2);
    const reader = follow(log);
    const caughtUp = await reader.until(2);

    log.write(1);
    log.cutLive();
    log.cut = cutsAt(3);
    await reader.until(3);

    expect(caughtUp.caughtUp).toBe(true);
    expect(reader.seen).toEqual(upTo(3));
    await reader.stop();
  });

  it('takes a subscription that ends by itself for a failure', async () => {
    const log = new FlakyLog();
    log.write(6);
    const ends = [true, true];
    log.end = ({ position }) => position === at(6) && ends.pop() === true;
    const failures: unknown[] = [];
    const reader = follow(log, { report: (error) => failures.push(error) });

    await reader.until(6);

    expect(reader.seen).toEqual(upTo(6));
    expect(failures).toEqual([
      expect.any(StoreUnavailableError),
      expect.any(StoreUnavailableError),
    ]);
    await reader.stop();
  });

  it('passes on what the store says of being caught up', async () => {
    const log = new FlakyLog();
    log.write(5);
    const reader = follow(log);

    const first = await reader.next();
    const second = await reader.next();

    expect([first.caughtUp, second.caughtUp]).toEqual([false, true]);
    await reader.stop();
  });

  it('begins at the position given, and checks what comes against it', async () => {
    const log = new FlakyLog();
    log.write(5);
    const reader = follow(log, { after: at(3) });

    await reader.until(5);

    expect(reader.seen).toEqual(upTo(5, 4));
    await reader.stop();
  });
});

describe("A resuming subscription from 'end'", () => {
  it('loses nothing that is written while its first connection fails', async () => {
    const log = new FlakyLog();
    log.write(3);
    let failures = 3;
    log.cut = () => {
      failures -= 1;
      if (failures < 0) return undefined;
      log.length += 1;
      return reset();
    };
    const reader = follow(log, { after: 'end' });

    await reader.until(6);

    expect(reader.seen).toEqual(upTo(6, 4));
    await reader.stop();
  });

  it('begins at the beginning of an empty log', async () => {
    const log = new FlakyLog();
    log.cut = cutsAt(1);
    const reader = follow(log, { after: 'end' });
    await reader.next();

    log.write(2);
    await reader.until(2);

    expect(reader.seen).toEqual(upTo(2));
    await reader.stop();
  });

  it('asks for the end again when the store cannot be reached', async () => {
    const log = new FlakyLog();
    log.write(2);
    const { head } = log;
    const failures = [reset(), reset()];
    log.head = () => (failures.length > 0 ? Promise.reject(failures.pop()) : head());
    const reader = follow(log, { after: 'end' });

    const first = await reader.next();

    expect(first).toEqual({ events: [], position: at(2), caughtUp: true });
    await reader.stop();
  });

  it('is aborted at once while the store does not answer', async () => {
    const log = new FlakyLog();
    log.head = () => new Promise(() => undefined);
    const controller = new AbortController();
    const reader = follow(log, { after: 'end', signal: controller.signal });
    const waiting = reader.next();

    controller.abort(new Error('enough'));

    await expect(waiting).rejects.toThrow('enough');
  });
});

describe('What a resuming subscription cannot pass', () => {
  it.each([
    new CheckpointAheadOfLogError(at(9), at(3)),
    new ForeignPositionError('x', 'another store', 'this one'),
    new StoreCorruptedError(at(2), 'checksum'),
    new StoreFormatTooNewError('folder', 2, 1),
    new TypeError('A filter names types and categories in arrays of strings.'),
    new Error('nobody knows'),
  ])('rejects with it: $name', async (error) => {
    const log = new FlakyLog();
    log.write(1);
    log.cut = () => error;
    const reports: unknown[] = [];
    const reader = follow(log, { report: (failure) => reports.push(failure) });

    await expect(reader.next()).rejects.toBe(error);

    expect(reports).toEqual([]);
    expect(log.subscribed).toHaveLength(1);
  });

  it.each([
    ['an event that was delivered', [eventAt(2)], at(3)],
    ['an event that was overtaken', [eventAt(1), eventAt(4)], at(4)],
    ['events out of order', [eventAt(5), eventAt(4)], at(5)],
    ['an event behind its own position', [eventAt(5)], at(4)],
    ['a position that was passed', [], at(1)],
  ])('is %s', async (_, events, position) => {
    const log = new FlakyLog();
    const batches = [
      { events: [eventAt(2)], position: at(2), caughtUp: false },
      { events, position, caughtUp: true },
    ];
    log.subscribe = async function* () {
      yield* batches;
    };
    const reader = follow(log);
    await reader.next();

    const overlapping = reader.next();

    await expect(overlapping).rejects.toBeInstanceOf(StoreCorruptedError);
    expect(reader.seen).toEqual([at(2)]);
  });

  it.each([{ baseMs: -1 }, { maxMs: Number.NaN }])('is the policy %j', (retry) => {
    expect(() => resumingSubscription(new FlakyLog().asStore(), { retry })).toThrow(TypeError);
  });
});
