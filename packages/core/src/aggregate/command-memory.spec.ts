import fc from 'fast-check';
import type { Json } from '../event/json.js';
import type { Position } from '../event-store/position.js';
import { CommandMemory } from './command-memory.js';

interface Told {
  readonly id: string | undefined;
  readonly index: number;
  readonly settled: boolean;
}

const told: fc.Arbitrary<Told> = fc.record({
  id: fc.option(fc.constantFrom('a', 'b', 'c', 'd'), { nil: undefined }),
  index: fc.nat({ max: 2 }),
  settled: fc.boolean(),
});

function tell(memory: CommandMemory, history: readonly Told[], from = 0): void {
  history.forEach(({ id, index, settled }, n) => {
    const revision = from + n;
    memory.note({
      type: settled ? 'everfold.command-settled' : 'some.event',
      metadata: {
        correlationId: 'c',
        ...(id === undefined ? {} : { commandId: id, commandIndex: index, commandHash: `h-${id}` }),
      },
      revision,
      position: `${revision}`.padStart(6, '0') as Position,
    });
  });
}

const stateOf = (memory: CommandMemory) =>
  ['a', 'b', 'c', 'd'].map((id) => structuredClone(memory.find(id)));

describe('The memory of commands', () => {
  it('goes on after a snapshot as if there had been none', () => {
    fc.assert(
      fc.property(fc.array(told), fc.array(told), (before, after) => {
        const through = new CommandMemory(3);
        tell(through, before);
        const stored = JSON.parse(JSON.stringify(through.toJson())) as Json;
        const restored = CommandMemory.fromJson(stored, 3);

        tell(through, after, before.length);
        tell(restored, after, before.length);

        expect(stateOf(restored)).toEqual(stateOf(through));
        expect(restored.toJson()).toEqual(through.toJson());
      }),
    );
  });

  it('names the last event of an update, and counts what it raised', () => {
    const memory = new CommandMemory();

    tell(memory, [
      { id: 'a', index: 0, settled: false },
      { id: 'a', index: 0, settled: false },
      { id: undefined, index: 0, settled: false },
      { id: 'a', index: 1, settled: true },
    ]);

    expect(memory.find('a')).toEqual({
      hash: 'h-a',
      updates: [
        { index: 0, revision: 1, position: '000001', events: 2 },
        { index: 1, revision: 3, position: '000003', events: 0 },
      ],
    });
  });

  it('forgets the command that was seen longest ago, and knows that it did', () => {
    const memory = new CommandMemory(2);
    const event = (id: string): Told => ({ id, index: 0, settled: false });

    tell(memory, [event('a'), event('b')]);
    const complete = memory.mayHaveForgotten('000000' as Position);
    tell(memory, [{ id: 'a', index: 1, settled: false }, event('c')], 2);

    expect(complete).toBe(false);
    expect(memory.find('b')).toBeUndefined();
    expect(memory.find('a')).toBeDefined();
    expect(memory.mayHaveForgotten('000001' as Position)).toBe(true);
    expect(memory.mayHaveForgotten('000002' as Position)).toBe(false);
  });

  it('passes over metadata that is not of its making', () => {
    const memory = new CommandMemory();
    const metadata = { correlationId: 'c', commandId: 5, commandIndex: 'x' } as never;

    memory.note({ type: 't', metadata, revision: 0, position: '0' as Position });

    expect(memory.toJson()).toEqual({ forgotten: false, commands: [] });
  });
});
