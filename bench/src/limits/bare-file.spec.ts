import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BareFile } from './bare-file.js';
import { scanBareFile } from './bare-scan.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bare-file-'));
});
afterEach(() => rm(folder, { recursive: true }));

const event = (amount: number) => ({
  data: { amount },
  metadata: { correlationId: 'c'.repeat(36) },
});

describe('BareFile', () => {
  it('has an event in the file when its append resolves', async () => {
    const path = join(folder, 'events');
    const file = await BareFile.open(path);

    await file.append(event(1));

    await expect(readFile(path, 'utf8')).resolves.toBe(`${JSON.stringify(event(1))}\n`);
    await file.close();
  });

  it('keeps the order of appends over groups', async () => {
    const path = join(folder, 'events');
    const file = await BareFile.open(path);
    const first = [1, 2, 3].map((amount) => file.append(event(amount)));
    await first[0];

    await Promise.all([...first, file.append(event(4)), file.append(event(5))]);

    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).data.amount)).toEqual([1, 2, 3, 4, 5]);
    await file.close();
  });

  it('rejects what could not be written', async () => {
    const file = await BareFile.open(join(folder, 'events'));
    await file.close();

    const append = file.append(event(1));

    await expect(append).rejects.toThrow();
  });
});

describe('scanBareFile', () => {
  it('parses every line, also those that lie across two chunks', async () => {
    const path = join(folder, 'events');
    const file = await BareFile.open(path);
    const amounts = Array.from({ length: 5_000 }, (_, index) => index);
    await Promise.all(amounts.map((amount) => file.append(event(amount))));
    await file.close();

    const tally = await scanBareFile(path);

    expect(tally).toEqual({
      events: 5_000,
      amount: (5_000 * 4_999) / 2,
      correlated: 5_000 * 36,
    });
  });
});
