import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import type { Position } from '../event-store/position.js';
import { CheckpointWindow } from './checkpoint-window.js';

const at = (place: number): Position => String(place).padStart(6, '0') as Position;
const event = (place: number) => ({ id: `event-${place}`, position: at(place) });
const checkpoint = (place: number) => ({
  position: at(place),
  eventId: `event-${place}`,
  eventPosition: at(place),
});

describe('A checkpoint window', () => {
  it('has nothing to commit before anything was finished', () => {
    const window = new CheckpointWindow();

    window.begin(event(1));

    expect(window.committable).toBeUndefined();
  });

  it('stays where it began until the first event is finished', () => {
    const window = new CheckpointWindow(checkpoint(7));
    window.begin(event(8));
    window.begin(event(9));

    window.end(at(9));

    expect(window.committable).toEqual(checkpoint(7));
  });

  it('moves over everything that was finished when the oldest event is', () => {
    const window = new CheckpointWindow(checkpoint(7));
    for (const place of [8, 10, 12]) window.begin(event(place));
    window.end(at(10));

    window.end(at(8));

    expect(window.committable).toEqual(checkpoint(10));
  });

  it('moves over stretches without events, and keeps the last event seen', () => {
    const window = new CheckpointWindow();
    window.begin(event(3));
    window.end(at(3));

    window.advanceTo(at(20));

    expect(window.committable).toEqual({ ...checkpoint(3), position: at(20) });
  });

  it('names an event that was seen and not begun', () => {
    const window = new CheckpointWindow();

    window.advanceTo(at(20), event(19));

    expect(window.committable).toEqual({ ...checkpoint(19), position: at(20) });
  });

  it('moves over a stretch only when what lies before it is finished', () => {
    const window = new CheckpointWindow(checkpoint(1));
    window.begin(event(2));
    window.advanceTo(at(5));
    window.advanceTo(at(8));
    window.begin(event(9));
    const before = window.committable;

    window.end(at(2));

    expect(before).toEqual(checkpoint(1));
    expect(window.committable).toEqual({ ...checkpoint(2), position: at(8) });
  });

  it('takes the same place twice for the same', () => {
    const window = new CheckpointWindow(checkpoint(4));

    window.advanceTo(at(4));

    expect(window.committable).toEqual(checkpoint(4));
  });
});

describe('What a checkpoint window refuses', () => {
  const begun = (): CheckpointWindow => {
    const window = new CheckpointWindow(checkpoint(4), 2);
    window.begin(event(6));
    return window;
  };

  it.each([
    ['an event twice', () => begun().begin(event(6))],
    ['an event before the last', () => begun().begin(event(5))],
    [
      'an event at the place where it began',
      () => new CheckpointWindow(checkpoint(4)).begin(event(4)),
    ],
    [
      'an event behind a place looked at',
      () => {
        const window = begun();
        window.advanceTo(at(9));
        window.begin(event(9));
      },
    ],
    ['to finish what was not begun', () => begun().end(at(7))],
    [
      'to finish a place that held no event',
      () => {
        const window = begun();
        window.advanceTo(at(9));
        window.end(at(9));
      },
    ],
    [
      'to finish an event twice',
      () => {
        const window = begun();
        window.begin(event(7));
        window.end(at(7));
        window.end(at(7));
      },
    ],
    ['to go back', () => begun().advanceTo(at(5))],
    [
      'more events than it has room for',
      () => {
        const window = begun();
        window.begin(event(7));
        window.begin(event(8));
      },
    ],
    ['no room at all', () => new CheckpointWindow(undefined, 0)],
  ])('is %s', (_, misuse) => {
    expect(misuse).toThrow(TypeError);
  });
});

describe('A reader in front of a full checkpoint window', () => {
  it('waits for the oldest event, whatever else is finished', async () => {
    const window = new CheckpointWindow(undefined, 3);
    for (const place of [1, 2, 3]) window.begin(event(place));
    let hasRoom = false;
    const waiting = window.waitForRoom().then(() => {
      hasRoom = true;
    });

    window.end(at(2));
    window.end(at(3));
    await new Promise((resolve) => setImmediate(resolve));
    const before = hasRoom;
    window.end(at(1));
    await waiting;

    expect(before).toBe(false);
    expect(window.room).toBe(3);
  });

  it('does not wait where there is room', async () => {
    const window = new CheckpointWindow(undefined, 1);
    window.advanceTo(at(3));

    await expect(window.waitForRoom()).resolves.toBeUndefined();
  });

  it('is told of an abort by the reason of its signal, and leaves nothing behind', async () => {
    const window = new CheckpointWindow(undefined, 1);
    window.begin(event(1));
    const controller = new AbortController();
    const waiting = window.waitForRoom(controller.signal);

    controller.abort(new Error('enough'));

    await expect(waiting).rejects.toThrow('enough');
    await expect(window.waitForRoom(controller.signal)).rejects.toThrow('enough');
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('may wait until everything is finished', async () => {
    const window = new CheckpointWindow();
    window.begin(event(1));
    window.begin(event(2));
    const idle = window.waitForIdle();

    window.end(at(2));
    window.end(at(1));

    await expect(idle).resolves.toBeUndefined();
    expect(window.isIdle).toBe(true);
  });
});

/** What a reader does and finds: it reads on, or finishes the n-th of the events that are open. */
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('read' as const), gap: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('look' as const), gap: fc.integer({ min: 0, max: 9 }) }),
    fc.record({ kind: fc.constant('finish' as const), which: fc.nat() }),
  ),
  { maxLength: 200 },
);

/** A window, and what it must say. */
class Reader {
  readonly open: Position[] = [];
  readonly window: CheckpointWindow;

  constructor(
    public place: number,
    readonly size: number,
  ) {
    this.window = new CheckpointWindow({ position: at(place) }, size);
  }

  read(gap: number): void {
    while (this.window.room === 0) this.finish(0);
    this.place += gap;
    this.window.begin(event(this.place));
    this.open.push(at(this.place));
  }

  look(gap: number): void {
    this.place += gap;
    this.window.advanceTo(at(this.place));
  }

  finish(which: number): void {
    const [position] = this.open.splice(which % Math.max(this.open.length, 1), 1);
    if (position !== undefined) this.window.end(position);
  }

  get committable(): Position {
    return this.window.committable?.position ?? at(0);
  }
}

describe('Events that are finished in any order', () => {
  it('never let the checkpoint pass one that is not, and leave it at the last', () => {
    const property = fc.property(fc.nat(500), fc.integer({ min: 1, max: 8 }), steps, (...given) => {
      const [start, size, read] = given;
      const reader = new Reader(start, size);
      let reached = at(start);

      for (const step of read) {
        if (step.kind === 'finish') reader.finish(step.which);
        else reader[step.kind](step.gap);
        const { committable, open } = reader;
        expect(open.every((position) => committable < position)).toBe(true);
        expect(committable >= reached).toBe(true);
        reached = committable;
      }
      while (reader.open.length > 0) reader.finish(reader.open.length - 1);

      expect(reader.committable).toBe(at(reader.place));
      expect(reader.window.room).toBe(size);
    });

    fc.assert(property, { numRuns: 500 });
  });
});
