import { byCodeUnit } from '../by-code-unit.js';
import type { Json } from '../event/json.js';
import { StoreUnavailableError } from '../event-store/errors.js';
import type { ReadModelStore, StoredRecord } from '../projection/read-model-store.js';
import { Membership } from './membership.js';

const { jest } = import.meta;

const TIMES = { heartbeatMs: 50, timeToLiveMs: 300, keepMarkersMs: 3_000 };

/** Records by compare-and-set, in memory. */
class Records {
  readonly all = new Map<string, StoredRecord>();
  /** What the next write meets; `written`: it is written all the same. */
  failure: { readonly error: Error; readonly isWritten: boolean } | undefined;

  async readRecord(key: string) {
    return this.all.get(key);
  }

  async listRecords(prefix: string) {
    return [...this.all.values()].filter(({ key }) => key.startsWith(prefix));
  }

  async writeRecord(key: string, value: Json, expected: number | undefined) {
    const { failure } = this;
    this.failure = undefined;
    if (failure?.isWritten === false) throw failure.error;
    if (this.all.get(key)?.version !== expected) return undefined;
    const version = (expected ?? 0) + 1;
    this.all.set(key, { key, value: structuredClone(value), version });
    if (failure !== undefined) throw failure.error;
    return version;
  }

  async removeRecord(key: string, expected: number) {
    if (this.all.get(key)?.version !== expected) return false;
    return this.all.delete(key);
  }

  member(times = TIMES): Membership {
    return new Membership(this as unknown as ReadModelStore, times);
  }

  beatOf({ id }: Membership): unknown {
    return (this.all.get(`members/${id}`)?.value as { beat: number } | undefined)?.beat;
  }

  async seenBy(member: Membership): Promise<void> {
    member.observe(await this.listRecords('members/'));
  }
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe('A member', () => {
  it('may not work before it has said that it lives', async () => {
    const member = new Records().member();

    const before = member.mayWork;
    await member.beat([]);

    expect([before, member.mayWork]).toEqual([false, true]);
  });

  it('stops working at two thirds of the time to live, and goes on with its next beat', async () => {
    const member = new Records().member();
    await member.beat([]);

    jest.advanceTimersByTime(199);
    const before = member.mayWork;
    jest.advanceTimersByTime(1);
    const after = member.mayWork;
    await member.beat([]);

    expect([before, after, member.mayWork]).toEqual([true, false, true]);
  });

  it('counts from when it began to say so, not from when it was answered', async () => {
    const records = new Records();
    const member = records.member();
    const write = records.writeRecord.bind(records);
    records.writeRecord = async (...args) => {
      jest.advanceTimersByTime(250);
      return write(...args);
    };

    await member.beat([]);

    expect(member.mayWork).toBe(false);
  });

  it('may not go on working on a beat that was not written', async () => {
    const records = new Records();
    const member = records.member();
    await member.beat([]);
    jest.advanceTimersByTime(150);
    records.failure = { error: new StoreUnavailableError('No.'), isWritten: false };

    await expect(member.beat([])).rejects.toThrow('No.');

    jest.advanceTimersByTime(100);
    expect(member.mayWork).toBe(false);
  });

  it.each([true, false])(
    'goes on after a write whose outcome is not known (written: %s)',
    async (isWritten) => {
      const records = new Records();
      const member = records.member();
      await member.beat([]);
      records.failure = { error: new StoreUnavailableError('Perhaps.'), isWritten };
      await expect(member.beat([])).rejects.toThrow('Perhaps.');
      const before = Number(records.beatOf(member));

      await member.beat(['things@1.1']);

      expect(Number(records.beatOf(member))).toBeGreaterThan(before);
      expect(member.mayWork).toBe(true);
    },
  );

  it('comes back when it was forgotten', async () => {
    const records = new Records();
    const member = records.member();
    await member.beat([]);
    records.all.clear();

    await member.beat([]);

    expect(records.all.has(`members/${member.id}`)).toBe(true);
    expect(member.mayWork).toBe(true);
  });

  it('says so twice at once without losing track', async () => {
    const records = new Records();
    const member = records.member();
    await Promise.all([member.beat([]), member.beat(['things@1.1']), member.beat(['things@1.1'])]);
    const before = Number(records.beatOf(member));

    await member.beat(['things@1.1']);

    expect(Number(records.beatOf(member))).toBeGreaterThan(before);
    expect(records.all.size).toBe(1);
  });

  it('takes its leave, and may not work any more', async () => {
    const records = new Records();
    const member = records.member();
    await member.beat([]);

    await member.leave();

    expect(records.all.size).toBe(0);
    expect(member.mayWork).toBe(false);
  });

  it('takes its leave although the last beat was not answered', async () => {
    const records = new Records();
    const member = records.member();
    await member.beat([]);
    records.failure = { error: new StoreUnavailableError('Perhaps.'), isWritten: true };
    await expect(member.beat([])).rejects.toThrow('Perhaps.');

    await member.leave();

    expect(records.all.size).toBe(0);
  });
});

describe('What a member knows of others', () => {
  const both = async () => {
    const records = new Records();
    const [own, other] = [records.member(), records.member()];
    await own.beat(['things@1.1']);
    await other.beat(['things@1.1']);
    await records.seenBy(own);
    return { records, own, other };
  };

  /** Both beat and look for a while, but for what is left out. */
  const pass = async (
    ms: number,
    { records, own, other }: Awaited<ReturnType<typeof both>>,
    isSilent: boolean,
  ) => {
    for (let passed = 0; passed < ms; passed += 50) {
      jest.advanceTimersByTime(50);
      await own.beat(['things@1.1']);
      if (!isSilent) await other.beat(['things@1.1']);
      await records.seenBy(own);
    }
  };

  it('is that those live whose counter changes', async () => {
    const world = await both();

    await pass(3_000, world, false);

    expect(world.own.isAlive(world.other.id)).toBe(true);
    expect(world.own.runners('things@1.1')).toEqual(
      [world.own.id, world.other.id].sort(byCodeUnit),
    );
  });

  it('is that one is dead whose counter has stood still for the time to live', async () => {
    const world = await both();

    await pass(250, world, true);
    const before = world.own.isAlive(world.other.id);
    await pass(100, world, true);

    expect([before, world.own.isAlive(world.other.id)]).toEqual([true, false]);
    expect(world.own.runners('things@1.1')).toEqual([world.own.id]);
  });

  it('is that one lives again whose counter moves again', async () => {
    const world = await both();
    await pass(400, world, true);

    await pass(50, world, false);

    expect(world.own.isAlive(world.other.id)).toBe(true);
  });

  it('is that nobody it has never seen lives, and that it lives itself', async () => {
    const { own } = await both();

    expect(own.isAlive('somebody')).toBe(false);
    expect(own.isAlive(own.id)).toBe(true);
  });

  it('is that one that has left does not live', async () => {
    const { records, own, other } = await both();

    await other.leave();
    await records.seenBy(own);

    expect(own.isAlive(other.id)).toBe(false);
  });

  it('is who runs a consumer, the same for all who look', async () => {
    const records = new Records();
    const members = Array.from({ length: 5 }, () => records.member());
    for (const [index, member] of members.entries())
      await member.beat(index === 2 ? ['others@1.1'] : ['things@1.1', 'others@1.1']);
    for (const member of members) await records.seenBy(member);

    const runners = members
      .filter((_, index) => index !== 2)
      .map((member) => member.runners('things@1.1'));

    expect(runners[0]).toHaveLength(4);
    for (const seen of runners) expect(seen).toEqual(runners[0]);
  });

  it('is counted from when it looked: who was silent long before is given the whole time', async () => {
    const records = new Records();
    const other = records.member();
    await other.beat([]);
    jest.advanceTimersByTime(10_000);
    const own = records.member();
    await own.beat([]);
    await records.seenBy(own);

    jest.advanceTimersByTime(299);
    const before = own.isAlive(other.id);
    jest.advanceTimersByTime(1);

    expect([before, own.isAlive(other.id)]).toEqual([true, false]);
  });

  it('is forgotten when one was dead for long, and not when it has just come back', async () => {
    const world = await both();
    await pass(3_200, world, true);
    await world.other.beat([]);
    await world.own.forgetDead();
    const cameBack = world.records.all.has(`members/${world.other.id}`);
    await pass(3_200, world, true);

    await world.own.forgetDead();

    expect(cameBack).toBe(true);
    expect([...world.records.all.keys()]).toEqual([`members/${world.own.id}`]);
  });
});
