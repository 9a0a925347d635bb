import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const { resolve } = createRequire(import.meta.url);

/** The folder in which a package is installed. */
function installed(name: string): string {
  const entry = resolve(name);
  return entry.slice(0, entry.lastIndexOf(join('node_modules', name))) + join('node_modules', name);
}

const imports = {
  mjs: (name: string, names: string) => `import { ${names} } from '${name}';`,
  cjs: (name: string, names: string) => `const { ${names} } = require('${name}');`,
};

/** Raises an event and handles a command; with class-validator, of classes with a rule. */
const script = (load: (name: string, names: string) => string, withRules: boolean) => `
${load('@everfold/core', 'Aggregate, AggregateRoot, CommandType, commandPipeline, createRepository, EventType, validation')}
${withRules ? load('class-validator', 'Min') : ''}
class Measured { constructor(value) { this.value = value; } }
EventType('peer.measured')(Measured);
class Measure { constructor(value) { this.value = value; } }
CommandType('peer.measure')(Measure);
${withRules ? "for (const { prototype } of [Measured, Measure]) Min(1)(prototype, 'value');" : ''}
class Gauge extends AggregateRoot { measure(value) { this.apply(new Measured(value)); } }
Aggregate('peerGauge')(Gauge);
const store = {
  capabilities: {}, identity: async () => '', read: () => ({ async *batches() {} }),
  append: async () => ({ revision: 0, position: '', token: '', repeated: false }),
};
const gauges = createRepository(store, Gauge);
const code = (promise) => promise.then(() => 'ok', (error) => error.code ?? String(error));
const pipeline = commandPipeline(validation());
(async () => {
  const raised = await code(gauges.create('1', (gauge) => gauge.measure(0)));
  const handled = await code(pipeline.execute(new Measure(0), () => 1));
  console.log(raised + ' ' + handled);
})();
`;

describe('class-validator, an optional peer of the kernel', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everfold-peer-'));
    const modules = join(folder, 'node_modules');
    const core = dirname(dirname(dirname(resolve('@everfold/core'))));
    await mkdir(join(modules, '@everfold'), { recursive: true });
    for (const part of ['dist', 'package.json'])
      await cp(join(core, part), join(modules, '@everfold/core', part), { recursive: true });
    for (const name of ['uuid', 'json-canonicalize'])
      await symlink(installed(name), join(modules, name));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function outputOf(format: 'mjs' | 'cjs', withRules: boolean): Promise<string> {
    const file = join(folder, `main.${format}`);
    await writeFile(file, script(imports[format], withRules));
    const { stdout } = await run(process.execPath, [file], { cwd: folder });
    return stdout.trim();
  }

  it.each(['mjs', 'cjs'] as const)(
    'is not needed where no class has rules (.%s)',
    async (format) => {
      await expect(outputOf(format, false)).resolves.toBe('ok ok');
    },
  );

  it.each(['mjs', 'cjs'] as const)(
    'checks the rules where it is installed (.%s)',
    async (format) => {
      await symlink(installed('class-validator'), join(folder, 'node_modules', 'class-validator'));

      await expect(outputOf(format, true)).resolves.toBe('EVENT_INVALID COMMAND_INVALID');
    },
  );
});
