import type { ParkedRecord } from '../consumer/records.js';
import type { RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { manualClock } from '../testing/manual-clock.js';
import { ParkedKeys } from './parked-keys.js';

const at = (place: number): Position => String(place).padStart(4, '0') as Position;

const event = (place: number): RecordedEvent => ({
  id: `event-${place}`,
  type: 'thing.happened',
  version: 1,
  data: {},
  metadata: { correlationId: 'c' },
  stream: 'thing-1',
  revision: place,
  position: at(place),
  recordedAt: new Date(0),
});

const place = { consumer: 'mail', segment: 1, clock: manualClock() };
const reason = { error: new Error('broken'), attempts: 3 };
const none = { put: [], remove: [] };

/** What is parked, as another owner would find it. */
function stored(...places: readonly number[]): ParkedKeys {
  const parked = new ParkedKeys(place, []);
  for (const each of places) parked.add('k', event(each));
  const { put } = parked.take();
  return new ParkedKeys(
    place,
    put.map(({ key, value }) => ({ key, version: 1, value })),
  );
}

const positions = (parked: ParkedKeys): readonly string[] => {
  const found: string[] = [];
  for (let first = parked.first('k'); first !== undefined; first = parked.first('k')) {
    found.push(first.position);
    parked.remove('k', first.position);
  }
  return found;
};

describe('Parked keys', () => {
  it('are written with why the first event fails', () => {
    const parked = new ParkedKeys(place, []);

    parked.add('k', event(1), reason);
    parked.add('k', event(2));

    const values = parked.take().put.map(({ value }) => value as unknown as ParkedRecord);
    expect(values).toMatchObject([
      { documentId: 'k', position: at(1), error: 'Error: broken', attempts: 3 },
      { documentId: 'k', position: at(2) },
    ]);
    expect(values[1]).not.toHaveProperty('error');
    expect(parked.take()).toEqual(none);
    expect(parked.count).toBe(1);
  });

  it('keep what a crash or a replay brings again as it was, in the order of the log', () => {
    const parked = stored(3, 5);

    parked.add('k', event(3));
    parked.add('k', event(2));

    expect(parked.take().put).toHaveLength(1);
    expect(positions(parked)).toEqual([at(2), at(3), at(5)]);
  });

  it('are free when their last event was dealt with', () => {
    const parked = stored(3);

    parked.remove('k', at(2));
    const before = parked.has('k');
    parked.remove('k', at(3));

    expect([before, parked.has('k')]).toEqual([true, false]);
    expect(parked.take().remove).toHaveLength(1);
  });

  it('count the attempts of all tries', () => {
    const parked = new ParkedKeys(place, []);
    parked.add('k', event(1), reason);

    parked.failedAgain('k', event(1), reason);

    expect(parked.first('k')).toMatchObject({ attempts: 6, error: 'Error: broken' });
    expect(parked.take().put).toHaveLength(1);
  });

  it('forget what was not written yet when it is removed', () => {
    const parked = new ParkedKeys(place, []);
    parked.add('k', event(1), reason);

    parked.remove('k', at(1));

    expect(parked.take().put).toEqual([]);
  });

  it('write again what could not be written, but for what has changed since', () => {
    const parked = stored(1, 2, 3);
    parked.remove('k', at(1));
    parked.add('k', event(4));
    const first = parked.take();
    parked.remove('k', at(2));
    parked.add('k', event(1));

    parked.giveBack(first);

    const { put, remove } = parked.take();
    expect(put.map(({ key }) => key.slice(15, 19)).sort()).toEqual([at(1), at(4)]);
    expect(remove.map((key) => key.slice(15, 19))).toEqual([at(2)]);
  });

  it('have a request removed before what it asks for', () => {
    const parked = stored(1);
    parked.remove('k', at(1));

    parked.removeAlong('requests/mail/1');

    expect(parked.take().remove[0]).toBe('requests/mail/1');
  });
});
