import type { NewEvent } from '../../event-store/event-store.js';
import { failureOf, nonEmpty } from '../outcomes.js';
import { expect } from '../runner.js';
import { idsIn, idsOf } from './events.js';
import type { Fixture } from './fixture.js';

/** Expects that an append is refused on a live stream, and that the stream and the log stay as they were. */
export async function writesNothing(
  { store, stream, write, log }: Fixture,
  given: readonly NewEvent[],
  error: object,
): Promise<void> {
  await write(1);
  const before = idsOf(await log());

  const failure = await failureOf(store.append(stream, nonEmpty(given), { expected: 0 }));

  expect(failure).toMatchObject(error);
  expect(idsOf(await log())).toEqual(before);
  expect(await idsIn(store, stream)).toEqual(before);
}
