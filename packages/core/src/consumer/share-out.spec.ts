import fc from 'fast-check';
import { shareOut } from './share-out.js';

const MEMBERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

/** Who owns each segment; `undefined`: nobody who lives. */
type Owners = (string | undefined)[];

const worlds = fc.record({
  members: fc.subarray(MEMBERS, { minLength: 1 }),
  owners: fc.array(fc.option(fc.constantFrom(...MEMBERS), { nil: undefined }), {
    minLength: 1,
    maxLength: 64,
  }),
});

function seenBy(self: string, owners: Owners, members: readonly string[]) {
  const segments = owners.map((owner, segment) => ({
    segment,
    isOwn: owner === self,
    isFree: owner === undefined || !members.includes(owner),
  }));
  return shareOut(segments, members, self);
}

function ownedBy(member: string, owners: Owners): number {
  return owners.filter((owner) => owner === member).length;
}

/** Each member acts once on what it sees at that moment. */
function round(owners: Owners, members: readonly string[]): void {
  for (const member of members) {
    const { take, giveBack } = seenBy(member, owners, members);
    for (const segment of giveBack) owners[segment] = undefined;
    for (const segment of take) owners[segment] = member;
  }
}

describe('The shares of members', () => {
  it('sum up to the whole, and differ by one at most', () => {
    fc.assert(
      fc.property(worlds, ({ members, owners }) => {
        const free: Owners = owners.map(() => undefined);

        const shares = members.map((member) => seenBy(member, free, members).take.length);

        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(owners.length);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('are what each comes to by taking what is free only, and giving back what is its own only', () => {
    fc.assert(
      fc.property(worlds, ({ members, owners }) => {
        for (const member of members) {
          const { take, giveBack } = seenBy(member, owners, members);

          const isLiving = (segment: number) => members.includes(owners[segment] ?? '');
          expect(take.filter(isLiving)).toEqual([]);
          expect(giveBack.filter((segment) => owners[segment] !== member)).toEqual([]);
        }
      }),
    );
  });

  it('are never undercut by giving back, nor exceeded by taking', () => {
    fc.assert(
      fc.property(worlds, ({ members, owners }) => {
        const least = Math.floor(owners.length / members.length);
        const most = Math.ceil(owners.length / members.length);
        for (const member of members) {
          const { take, giveBack } = seenBy(member, owners, members);
          const owned = ownedBy(member, owners);

          if (giveBack.length > 0) expect(owned - giveBack.length).toBeGreaterThanOrEqual(least);
          if (take.length > 0) expect(owned + take.length).toBeLessThanOrEqual(most);
          expect(take.length === 0 || giveBack.length === 0).toBe(true);
        }
      }),
    );
  });

  it('are reached from any mix in two rounds, and kept from then on', () => {
    fc.assert(
      fc.property(worlds, ({ members, owners }) => {
        round(owners, members);
        round(owners, members);

        const settled = [...owners];
        const counts = members.map((member) => ownedBy(member, owners));
        round(owners, members);
        expect(owners).toEqual(settled);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(owners.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('leave nobody with a segment too many where members outnumber segments', () => {
    const shares = MEMBERS.map((member) => seenBy(member, [undefined, undefined], MEMBERS).take);

    expect(shares.filter(({ length }) => length > 0)).toEqual([[0], [0]]);
    expect(shares.every(({ length }) => length <= 1)).toBe(true);
  });
});
