import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs consumers that get nothing to do, until it is told to close them. */
const SCRIPT = `
import { Event, projection, runConsumers } from '@everfold/core';
import { MemoryEventStore, MemoryReadModelStore } from '@everfold/memory';
class Noted extends Event('held.noted') {}
const notes = projection('notes', { version: 1, segments: 1, initial: () => ({}) }).on(Noted, (note) => note);
const eventStore = new MemoryEventStore();
const readModels = new MemoryReadModelStore();
// No segment can ever be taken.
const write = readModels.writeRecord.bind(readModels);
readModels.writeRecord = async (key, value, expected) =>
  key.startsWith('segments/') && expected !== undefined ? undefined : write(key, value, expected);
const consumers = await runConsumers({ eventStore, readModels, definitions: [notes] });
const [{ segments }] = await consumers.status();
process.stdout.write('owned ' + segments.owned + '\\n');
process.on('SIGUSR2', () => consumers[Symbol.asyncDispose]());
`;

describe('A process whose consumers own no segment', () => {
  it('goes on until they are closed', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], { stdio: 'pipe' });
    const ended = once(child, 'exit');
    const [said] = await once(child.stdout.setEncoding('utf8'), 'data');

    const first = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1_000))]);
    child.kill('SIGUSR2');
    const [code] = await ended;

    expect(said).toBe('owned 0\n');
    expect(first).toBeUndefined();
    expect(code).toBe(0);
  }, 30_000);
});
