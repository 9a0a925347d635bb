import type { RecordedEvent } from './event-store.js';
import { eventStream } from './event-stream.js';

const events = [1, 2, 3].map((revision) => ({ revision }) as RecordedEvent);

describe('An event stream', () => {
  it('yields the events of its batches one at a time, in order', async () => {
    const stream = eventStream(async function* () {
      yield events.slice(0, 2);
      yield events.slice(2);
    });

    const seen: RecordedEvent[] = [];
    for await (const event of stream) seen.push(event);

    expect(seen).toEqual(events);
  });

  it('begins when it is iterated, anew each time, and not before', async () => {
    let reads = 0;
    const stream = eventStream(async function* () {
      reads += 1;
      yield events;
    });
    expect(reads).toBe(0);

    for await (const _ of stream);
    for await (const _ of stream.batches());

    expect(reads).toBe(2);
  });

  it('ends the read when the reader stops', async () => {
    let ended = false;
    const stream = eventStream(async function* () {
      try {
        yield events;
      } finally {
        ended = true;
      }
    });

    for await (const event of stream) if (event === events[0]) break;

    expect(ended).toBe(true);
  });
});
