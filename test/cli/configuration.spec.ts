import { mkdir, rm, writeFile } from 'node:fs/promises';
import { jest } from '@jest/globals';
import { CommandLine } from './command-line.js';

// Every test starts processes, which takes its time on a busy machine.
jest.setTimeout(60_000);

const ESM = `
  import { defineConfig } from '@everfold/cli';
  import { embedded } from '@everfold/embedded';
  export default defineConfig({ eventStore: embedded({ folder: './data' }), definitions: [] });
`;
const CJS = `
  const { defineConfig } = require('@everfold/cli');
  const { embedded } = require('@everfold/embedded');
  module.exports = defineConfig(() => ({ eventStore: embedded({ folder: './data' }), definitions: [] }));
`;
const TYPED = `
  import { defineConfig, type EverfoldConfig } from '@everfold/cli';
  import { folder } from './folder.js';
  import { embedded } from '@everfold/embedded';
  import { Aggregate, AggregateRoot, Event, On, projection } from '@everfold/core';
  class Opened extends Event('cli.opened')<{ owner: string }> {}
  @Aggregate('account') class Account extends AggregateRoot {
    private owner: string = '';
    @On(Opened) protected onOpened({ owner }: Opened): void { this.owner = owner; }
  }
  const owners = projection<{ id: string }>('owners', { version: 1 })
    .start(Opened, (_, { documentId }) => ({ id: documentId }));
  export default defineConfig(async (): Promise<EverfoldConfig> => ({
    eventStore: embedded({ folder: folder satisfies string }), definitions: [owners, Account],
  }));
`;
const NONE = { 'everfold.config.mjs': '' };

let line: CommandLine;

afterEach(() => line.remove());

describe('A configuration', () => {
  it.each([
    ['everfold.config.mjs', ESM, {}],
    ['everfold.config.cjs', CJS, {}],
    ['everfold.config.js', ESM, { 'package.json': '{ "type": "module" }' }],
    ['everfold.config.js', CJS, { 'package.json': '{}' }],
    ['everfold.config.ts', ESM, { 'package.json': '{}' }],
    ['everfold.config.ts', ESM, { 'package.json': '{ "type": "module" }' }],
    ['everfold.config.mts', ESM, {}],
    ['everfold.config.cts', ESM, {}],
  ])('may be written as %s (%#)', async (name, text, others) => {
    line = await CommandLine.open({ ...NONE, ...others, [name]: text });

    const { code, stderr } = await line.run(['store', 'verify', '--quiet']);

    expect([code, stderr]).toEqual([0, '']);
  });

  it('may be TypeScript with decorators, and import TypeScript as .js', async () => {
    line = await CommandLine.open({
      ...NONE,
      'everfold.config.ts': TYPED,
      'folder.ts': `export const folder: string = './data';`,
    });

    const { stdout, stderr } = await line.run(['projections', 'list', '--json']);

    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([expect.objectContaining({ name: 'owners', version: 1 })]);
  });

  it('is found from a folder below, and means its own folder by what it names', async () => {
    line = await CommandLine.open();
    await mkdir(line.path('a/b'), { recursive: true });

    const { code } = await line.run(['store', 'verify'], { cwd: 'a/b' });

    expect(code).toBe(0);
    await expect(line.read('data/everfold.json')).resolves.toContain('{');
    await expect(line.read('a/b/data/everfold.json')).rejects.toThrow('ENOENT');
  });

  it('writes files where the command was called', async () => {
    line = await CommandLine.open();
    await mkdir(line.path('a'));

    await line.run(['events', 'export', 'log.ndjson'], { cwd: 'a' });

    await expect(line.read('a/log.ndjson')).resolves.toBe('');
  });

  it('may be named', async () => {
    line = await CommandLine.open({ ...NONE, 'other.mjs': ESM });

    const { code } = await line.run(['store', 'verify', '--config', 'other.mjs']);

    expect(code).toBe(0);
  });
});

describe('A configuration that is wrong', () => {
  it.each([
    ['is missing', NONE, /No everfold\.config\.ts .* in .* or above it/],
    [
      'throws',
      { 'everfold.config.mjs': `throw new Error('DATA_DIR is empty');` },
      /cannot be loaded: DATA_DIR is empty/,
    ],
    [
      'cannot be parsed',
      { ...NONE, 'everfold.config.ts': 'export default {' },
      /everfold\.config\.ts cannot be loaded/,
    ],
    [
      'imports what is not there',
      { 'everfold.config.mjs': `import './nowhere.js'; export default {};` },
      /nowhere\.js/,
    ],
    ['exports nothing', { 'everfold.config.mjs': '' }, /No everfold\.config/],
    [
      'exports something else',
      { 'everfold.config.mjs': 'export default 7;' },
      /must export by default/,
    ],
    [
      'has an opened store',
      { 'everfold.config.mjs': 'export default { eventStore: {}, definitions: [] };' },
      /eventStore must be a store factory/,
    ],
    [
      'has no definitions',
      { 'everfold.config.mjs': 'export default { eventStore: { open() {} } };' },
      /definitions must be an array/,
    ],
  ])('ends the command with 2 and says what to do, when it %s', async (_, files, said) => {
    line = await CommandLine.open(files);

    const { code, stdout, stderr } = await line.run(['streams', 'list']);
    const json = await line.run(['streams', 'list', '--json']);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(said);
    expect(stderr).not.toContain('    at ');
    expect(JSON.parse(json.stderr).error).toMatchObject({ code: 'CONFIG', exitCode: 2 });
  });

  it('names a folder that cannot be used: ends with 4', async () => {
    line = await CommandLine.open();
    await writeFile(line.path('file'), '');

    const { code, stderr } = await line.run(['streams', 'list'], { env: { STORE: './file/data' } });

    expect(code).toBe(4);
    expect(stderr).toContain('cannot be used');
    expect(stderr).not.toContain('    at ');
  });

  it('leaves something running: the command ends all the same', async () => {
    line = await CommandLine.open({
      'everfold.config.mjs': `setInterval(() => {}, 1_000); ${ESM}`,
    });

    const { code } = await line.run(['streams', 'list']);

    expect(code).toBe(0);
  });

  it('was named and is not there', async () => {
    line = await CommandLine.open();
    await rm(line.path('everfold.config.mjs'));

    const { code, stderr } = await line.run(['streams', 'list', '--config', 'gone.ts']);

    expect(code).toBe(2);
    expect(stderr).toContain('gone.ts: there is no such file');
  });
});
