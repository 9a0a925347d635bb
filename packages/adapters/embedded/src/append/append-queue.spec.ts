import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppendResult, prepareAppends, systemClock } from '@everfold/core';
import type { LogTracker } from '../log/log-tracker.js';
import { openParts, type StoreParts } from '../store-parts.js';
import { AppendJob, type Job } from './job.js';

const MOST_BYTES = 1_000_000;

let folder: string;
let parts: StoreParts;
const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everfold-queue-'));
  parts = await openParts({ folder, maxBytes: undefined, clock: systemClock });
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});

afterEach(async () => {
  process.off('unhandledRejection', note);
  await parts.close();
  await rm(folder, { recursive: true, force: true });
});

/** Appends one event. */
function append(stream: string): Promise<AppendResult | undefined> {
  const id = randomUUID();
  const event = { id, type: 'written', version: 1, data: null, metadata: { correlationId: id } };
  return new Promise((resolve, reject) => {
    const prepared = prepareAppends([{ stream, events: [event] }], MOST_BYTES);
    const settle = ([result]: readonly AppendResult[]): void => resolve(result);
    parts.queue.push(new AppendJob(prepared, undefined, settle, reject));
  });
}

/** Has a tracker read the next commit again, as if it had gone on meanwhile, and fail to show it. */
function failToShow(tracker: LogTracker, failure: Error): void {
  const { mark } = tracker;
  let isAsked = false;
  Object.defineProperties(tracker, {
    mark: {
      configurable: true,
      get: () => {
        const known = isAsked ? -1 : mark;
        isAsked = true;
        return known;
      },
    },
    makeVisible: {
      configurable: true,
      value: () => {
        Reflect.deleteProperty(tracker, 'mark');
        Reflect.deleteProperty(tracker, 'makeVisible');
        return Promise.reject(failure);
      },
    },
  });
}

function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('The queue of appends', () => {
  it('says that the outcome is unknown when what is on disk cannot be shown, and goes on', async () => {
    // The file has room from here on: the next commit is drafted once.
    await append('account-0');
    const damage = new Error('damaged');
    failToShow(parts.tracker, damage);

    const reasons = await Promise.all([
      reasonOf(append('account-1')),
      reasonOf(append('account-2')),
    ]);
    const next = await append('account-1');

    for (const reason of reasons)
      expect(reason).toMatchObject({ code: 'APPEND_OUTCOME_UNKNOWN', cause: damage });
    // Behind the one that was written.
    expect(next).toMatchObject({ revision: 1 });
    expect(unhandled).toEqual([]);
  });

  it('rejects those that wait when something unforeseen is thrown, and goes on', async () => {
    const unforeseen = new Error('unforeseen');
    const waiting = append('account-1');
    const rejected = new Promise((resolve) => {
      const job: Job = {
        stream: 'account-2',
        signal: undefined,
        get bytes(): number {
          throw unforeseen;
        },
        draft: () => undefined,
        settle: () => undefined,
        reject: resolve,
      };
      parts.queue.push(job);
    });

    const reasons = [await reasonOf(waiting), await rejected];
    const next = await append('account-1');

    expect(reasons).toEqual([unforeseen, unforeseen]);
    expect(next).toMatchObject({ revision: 0 });
    expect(unhandled).toEqual([]);
  });
});
