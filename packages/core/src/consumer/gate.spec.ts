import { getEventListeners } from 'node:events';
import { Gate } from './gate.js';

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = () => {
    settled = true;
  };
  promise.then(note, note);
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe('A gate', () => {
  it('lets everybody through while it is open', async () => {
    const gate = new Gate();

    await expect(gate.passed(new AbortController().signal)).resolves.toBeUndefined();
    expect(gate.isShut).toBe(false);
  });

  it('holds all who come while it is shut, until it opens', async () => {
    const { signal } = new AbortController();
    const gate = new Gate();
    gate.shut();
    const passing = [gate.passed(signal), gate.passed(signal)];

    const before = await Promise.all(passing.map(isSettled));
    gate.open();
    await Promise.all(passing);

    expect(before).toEqual([false, false]);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('holds on when it is shut again before those who wait could go', async () => {
    const gate = new Gate();
    gate.shut();
    const passing = gate.passed(new AbortController().signal);

    gate.open();
    gate.shut();
    const hasPassed = await isSettled(passing);
    gate.open();
    await passing;

    expect(hasPassed).toBe(false);
  });

  it('is as shut after two times as after one, and opens at once', async () => {
    const gate = new Gate();
    gate.shut();
    const passing = gate.passed(new AbortController().signal);
    gate.shut();

    gate.open();

    await expect(passing).resolves.toBeUndefined();
    expect(gate.isShut).toBe(false);
  });

  it('lets nobody through whose signal is aborted, shut or open', async () => {
    const gate = new Gate();
    const controller = new AbortController();
    gate.shut();
    const waiting = gate.passed(controller.signal);

    controller.abort(new Error('enough'));

    await expect(waiting).rejects.toThrow('enough');
    await expect(gate.passed(controller.signal)).rejects.toThrow('enough');
    gate.open();
    await expect(gate.passed(controller.signal)).rejects.toThrow('enough');
  });
});
