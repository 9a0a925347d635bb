import { isUuid, newEventId } from './ids.js';

describe('Event ids', () => {
  it('are UUIDs of version 7', () => {
    expect(newEventId()).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('differ, and sort in the order in which they were made', () => {
    const ids = Array.from({ length: 20_000 }, newEventId);

    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((made, at) => at === 0 || made > (ids[at - 1] ?? ''))).toBe(true);
  });

  it.each([
    '01890a5d-ac96-774b-bcce-b302099a8057',
    'f47ac10b-58cc-4372-a567-0e02b2c3d479',
    '00000000-0000-0000-0000-000000000000',
  ])('may be any UUID in lower case: %s', (value) => {
    expect(isUuid(value)).toBe(true);
  });

  it.each([
    [''],
    ['01890A5D-ac96-774b-bcce-b302099a8057'],
    ['01890a5dac96774bbcceb302099a8057'],
    ['{01890a5d-ac96-774b-bcce-b302099a8057}'],
    ['01890a5d-ac96-774b-bcce-b302099a8057\n'],
    ['01890a5d-ac96-774b-bcce-b302099a805'],
    ['g1890a5d-ac96-774b-bcce-b302099a8057'],
    [undefined],
    [null],
    [7],
    [['01890a5d-ac96-774b-bcce-b302099a8057']],
  ])('are nothing else: %p', (value) => {
    expect(isUuid(value)).toBe(false);
  });
});
