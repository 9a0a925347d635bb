/** @internal A segment as the sharing sees it. */
export interface SharedSegment {
  readonly segment: number;
  /** Whether nobody who lives owns it. */
  readonly isFree: boolean;
  /** Whether this member owns it. */
  readonly isOwn: boolean;
}

/** @internal What a member does to come to its share. */
export interface ShareOut {
  readonly take: readonly number[];
  readonly giveBack: readonly number[];
}

/**
 * @internal Divides segments evenly: every member takes what is free up to its share, and gives back what is beyond it. Shares sum up to the
 * whole, since all see the same members in the same order; where they do not yet, compare-and-set parts them.
 *
 * @param members - Those that live and run the consumer, in the order that all agree on; `self` among them.
 */
export function shareOut(
  segments: readonly SharedSegment[],
  members: readonly string[],
  self: string,
): ShareOut {
  const share = shareOf(segments.length, members, self);
  const own = segments.filter(({ isOwn }) => isOwn).map(({ segment }) => segment);
  const free = segments.filter(({ isFree, isOwn }) => isFree && !isOwn);
  return {
    take: free.slice(0, Math.max(0, share - own.length)).map(({ segment }) => segment),
    giveBack: own.slice(share),
  };
}

function shareOf(segments: number, members: readonly string[], self: string): number {
  const place = Math.max(0, members.indexOf(self));
  const each = Math.floor(segments / members.length);
  return each + (place < segments % members.length ? 1 : 0);
}
