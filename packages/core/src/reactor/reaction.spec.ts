import { getEventListeners, getMaxListeners } from 'node:events';
import { Event } from '../event/event.js';
import type { RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { definedReactor } from './definition.js';
import { Reactions } from './reaction.js';
import { reactor } from './reactor.js';
import { Slots } from './slots.js';

class Opened extends Event('reaction-spec.opened') {}

function opened(place: number): RecordedEvent {
  return {
    id: `0193a000-0000-7000-8000-${String(place).padStart(12, '0')}`,
    stream: `account-${place}`,
    revision: 0,
    type: 'reaction-spec.opened',
    version: 1,
    data: {},
    metadata: { correlationId: 'c' },
    recordedAt: new Date(0),
    position: String(place).padStart(6, '0') as Position,
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Reactions', () => {
  it('may wait for a slot in any number without looking like a leak, and leave nothing behind', async () => {
    let end = (): void => undefined;
    const hanging = new Promise<void>((resolve) => {
      end = resolve;
    });
    const reactions = new Reactions({
      definition: definedReactor(reactor('hanging').on(Opened, () => hanging)),
      backoff: { baseMs: 1, maxMs: 1 },
      mayBegin: async () => undefined,
      slots: new Slots(16),
      retrying: () => undefined,
    });
    const { signal } = reactions;

    const all = Array.from({ length: 100 }, (_, place) => reactions.react(opened(place)));
    await turn();
    const waiting = getEventListeners(signal, 'abort').length;
    end();
    await Promise.all(all);
    await turn();

    expect(waiting).toBe(84);
    // Without a bound: Node warns of a leak when there are more.
    expect(getMaxListeners(signal)).toBe(Number.POSITIVE_INFINITY);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
