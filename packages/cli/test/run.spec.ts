import { readFileSync } from 'node:fs';
import { StoreCorruptedError, StoreUnavailableError } from '@everfold/core';
import type { Command } from 'commander';
import { programOf } from '../src/program.js';
import type { Environment } from '../src/session/environment.js';
import { VERSION } from '../src/version.js';
import { Shell } from './shell.js';

const program = programOf({} as Environment, async () => {});
const commands = leavesOf(program).filter(([path]) => path[0] !== 'complete');

/** Commands that do something, with the words they are called by. */
function leavesOf(command: Command, path: readonly string[] = []): [readonly string[], Command][] {
  if (command.commands.length === 0) return [[path, command]];
  return command.commands.flatMap((it) => leavesOf(it, [...path, it.name()]));
}

function failing(error: Error) {
  return new Shell({
    config: {
      eventStore: {
        open: async () => {
          throw error;
        },
      },
    },
  });
}

describe('Help', () => {
  it('knows of more than twenty commands', () => {
    expect(commands.length).toBeGreaterThan(20);
  });

  it.each(commands.map(([path]) => [path.join(' ')]))('has an example of %s', async (path) => {
    const { code, stdout, stderr } = await new Shell().run([...path.split(' '), '--help']);

    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/Examples?:\n {2}\$ /);
    expect(stdout).toContain(`everfold ${path}`);
  });

  it('documents the exit codes', async () => {
    expect((await new Shell().run(['--help'])).stdout).toContain('130 interrupted');
  });

  it('stands in for a command that is missing, and that is wrong usage', async () => {
    const { code, stdout, stderr } = await new Shell().run(['streams']);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('streams [options] [command]');
  });
});

describe('The version', () => {
  it('is that of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

    expect(VERSION).toBe(version);
    expect((await new Shell().run(['--version'])).stdout).toBe(`${version}\n`);
  });
});

describe('A command line', () => {
  it.each([
    [['strems'], /unknown command 'strems'/],
    [['streams', 'lst'], /unknown command 'lst'[\s\S]*Did you mean list/],
    [['streams', 'list', '--categry', 'a'], /unknown option '--categry'[\s\S]*--category/],
    [['streams', 'read'], /missing required argument 'stream'/],
    [['streams', 'read', 'a', 'b'], /too many arguments/],
    [['streams', 'read', 'a', '--from', '-1'], /Write an integer from 0/],
    [['streams', 'read', 'a', '--limit', '-1'], /--limit <n>[\s\S]*Write an integer from 1/],
    [['streams', 'list', '--category', ','], /Name one at least/],
    [['reactors', 'replay', 'x'], /--from <position>' not specified/],
  ])('that is wrong ends with 2 and says how: %j', async (args, said) => {
    const shell = new Shell();

    const { code, stdout, stderr } = await shell.run(args);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(said);
    expect(shell.entered).toEqual([]);
  });

  const limited = commands.filter(([, it]) => it.options.some(({ long }) => long === '--limit'));

  it.each(limited.map(([path, it]) => [[...path, ...it.registeredArguments.map(() => 'a')]]))(
    'with a limit of nothing is wrong: %j',
    async (args) => {
      const { code, stdout, stderr } = await new Shell().run([...args, '--limit', '0']);

      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('Write an integer from 1.');
    },
  );

  it('that is wrong is told as JSON where that is asked for', async () => {
    const { code, stderr } = await new Shell().run(['streams', 'read', '--json']);

    expect(code).toBe(2);
    expect(JSON.parse(stderr).error).toMatchObject({ code: 'USAGE', exitCode: 2 });
  });

  it('takes what holds for all commands before and behind the command', async () => {
    const before = await new Shell().run(['--json', 'streams', 'list']);
    const behind = await new Shell().run(['streams', 'list', '--json', '--quiet']);

    expect(JSON.parse(before.stderr)).toEqual({ remark: '0 streams, 0 events' });
    expect(behind.stderr).toBe('');
  });
});

describe('A store that cannot be opened', () => {
  it.each([
    [new StoreUnavailableError('It is closed.'), 4, 'STORE_UNAVAILABLE'],
    [
      new Error('DATA_DIR is wrong.', { cause: new StoreUnavailableError('x') }),
      4,
      'STORE_UNAVAILABLE',
    ],
    [new StoreCorruptedError(undefined, 'a page is gone'), 3, 'STORE_CORRUPTED'],
  ])('ends the command without a stack trace: %s', async (error, exitCode, code) => {
    const told = await failing(error).run(['streams', 'list']);
    const json = await failing(error).run(['streams', 'list', '--json']);

    expect(told).toEqual({ code: exitCode, stdout: '', stderr: `everfold: ${error.message}\n` });
    expect(JSON.parse(json.stderr)).toEqual({
      error: { code, message: error.message, exitCode },
    });
  });

  it('ends it after --connect-timeout', async () => {
    const shell = new Shell({ config: { eventStore: { open: () => new Promise(() => {}) } } });

    const { code, stderr } = await shell.run(['streams', 'list', '--connect-timeout', '1']);

    expect(code).toBe(4);
    expect(stderr).toContain('could not be opened within 1 s');
  });

  it('by an unforeseen error ends it with 1, with a stack trace when asked for', async () => {
    const error = new Error('Unforeseen.');

    const told = await failing(error).run(['streams', 'list']);
    const verbose = await failing(error).run(['streams', 'list', '--verbose']);

    expect(told.code).toBe(1);
    expect(told.stderr).toContain('--verbose');
    expect(told.stderr).not.toContain('    at ');
    expect(verbose.stderr).toContain('    at ');
  });
});
