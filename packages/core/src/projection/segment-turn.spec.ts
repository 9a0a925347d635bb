import fc from 'fast-check';
import { SegmentHold } from '../consumer/segment-hold.js';
import type { RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { CachedDocument } from './document-cache.js';
import { checkpointBehind, SegmentTurn, writeOf } from './segment-turn.js';

const at = (place: number): Position => String(place).padStart(6, '0') as Position;
const event = (place: number) => ({ id: `event-${place}`, position: at(place) }) as RecordedEvent;
const stretch = (places: readonly number[], upTo: number) => ({
  events: places.map(event),
  position: at(upTo),
  caughtUp: false,
});
const checkpoint = (place: number, eventPlace = place) => ({
  position: at(place),
  eventId: `event-${eventPlace}`,
  eventPosition: at(eventPlace),
});

describe('The checkpoint behind a stretch', () => {
  it('stands at its end, and names the last event looked at', () => {
    expect(checkpointBehind(stretch([3, 5], 9), undefined)).toEqual(checkpoint(9, 5));
  });

  it('keeps the event it named where the stretch has none', () => {
    expect(checkpointBehind(stretch([], 9), checkpoint(5))).toEqual(checkpoint(9, 5));
  });

  it('names no event before one was looked at', () => {
    expect(checkpointBehind(stretch([], 9), undefined)).toEqual({ position: at(9) });
  });

  it('never goes back, and is left alone by what it has passed', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), fc.array(fc.nat(50)), (before, upTo, places) => {
        const events = places.filter((place) => place <= upTo).sort((a, b) => a - b);
        const next = checkpointBehind(stretch(events, upTo), checkpoint(before));

        expect(next.position).toBe(at(Math.max(before, upTo)));
        if (upTo <= before) expect(next).toEqual(checkpoint(before));
      }),
    );
  });
});

const RECORD = { epoch: 7, owner: 'me', handled: 10, skipped: 2, orphaned: 1, parked: 0 };

function hold(record: object = RECORD): SegmentHold {
  const value = { ...RECORD, ...record };
  return new SegmentHold(3, { key: 'segments/things@1.1/03', version: 5, value });
}

describe('What a segment has come to', () => {
  it('is written under the version at which its record stands, and keeps owner and epoch', () => {
    const turn = new SegmentTurn(hold());
    turn.advance(stretch([1], 2));

    const save = turn.save('things@1.1', 4);

    expect(save.segment).toEqual({
      key: 'segments/things@1.1/03',
      version: 5,
      value: { ...RECORD, parked: 4, checkpoint: checkpoint(2, 1) },
    });
  });

  it('counts onto what was counted before', () => {
    const turn = new SegmentTurn(hold());
    turn.handled = 3;
    turn.skipped.push('thing-1', 'thing-2');
    turn.orphaned = 1;

    expect(turn.record(0)).toMatchObject({ handled: 13, skipped: 4, orphaned: 2 });
  });

  it('has no checkpoint while nothing was looked at', () => {
    expect(new SegmentTurn(hold()).record(0)).not.toHaveProperty('checkpoint');
  });

  it('holds what several stretches came to', () => {
    const turn = new SegmentTurn(hold());

    turn.advance(stretch([1, 2], 2));
    turn.advance(stretch([], 9));

    expect(turn.position).toBe(at(9));
    expect(turn.record(0).checkpoint).toEqual(checkpoint(9, 2));
  });
});

describe('The write of a document', () => {
  const cached: CachedDocument = {
    id: 'one',
    segment: 0,
    isLoaded: true,
    document: { a: 1 },
    position: at(4),
    parkedSince: at(3),
    loadedAt: at(2),
    turn: 1,
    changedBy: undefined,
  };

  it('says where it was loaded, and what it has seen', () => {
    expect(writeOf(cached)).toEqual({
      id: 'one',
      document: { a: 1 },
      position: at(4),
      parkedSince: at(3),
      loadedAt: at(2),
    });
  });

  it('is none when the document has seen no event', () => {
    expect(() => writeOf({ ...cached, position: undefined })).toThrow(TypeError);
  });
});
