import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Installation } from './installation.js';
import { PACKAGES } from './packages.js';
import { run } from './strangers.js';

let installation: Installation;

beforeAll(async () => {
  installation = await Installation.of(PACKAGES);
}, 240_000);

afterAll(() => installation.remove());

/** Opens an account in a folder and reads it back; the same words in both kinds of module. */
const roundTrip = `
  async function roundTrip() {
    class Opened extends Event('packaging.opened') {}
    const store = await embedded({ folder: mkdtempSync(join(process.cwd(), 'data-')) }).open(AbortSignal.timeout(10_000));
    const event = encodeEvent(new Opened({ owner: 'Ada' }), { id: newEventId(), metadata: { correlationId: 'c-1' } });
    await store.append('account-1', [event], { expected: 'no-stream' });
    const seen = [];
    for await (const recorded of store.read('account-1')) seen.push(decodeRegistered(recorded));
    await store[Symbol.asyncDispose]();
    await new MemoryEventStore()[Symbol.asyncDispose]();
    console.log(JSON.stringify({ seen, known: seen[0] instanceof Opened }));
  }
`;

const both = `
  import { createRequire } from 'node:module';
  import { mkdtempSync } from 'node:fs';
  import { join } from 'node:path';
  import * as esm from '@everfold/core';
  import { embedded as esmEmbedded } from '@everfold/embedded';
  const require = createRequire(import.meta.url);
  const cjs = require('@everfold/core');
  const { embedded: cjsEmbedded } = require('@everfold/embedded');
  if (esm.Event === cjs.Event) throw new Error('This is one copy, not two.');
  const folder = mkdtempSync(join(process.cwd(), 'data-'));
  const signal = AbortSignal.timeout(10_000);
  const metadata = { correlationId: 'c-1' };
  const collect = async (stream) => { const all = []; for await (const event of stream) all.push(event); return all; };
  const print = (value) => console.log(JSON.stringify(value));
`;

describe('Installed from their tarballs, the packages', () => {
  it('work from an ES module', async () => {
    const result = await installation.run(
      'module.mjs',
      `
        import { mkdtempSync } from 'node:fs';
        import { join } from 'node:path';
        import { Event, decodeRegistered, encodeEvent, newEventId } from '@everfold/core';
        import { embedded } from '@everfold/embedded';
        import { MemoryEventStore } from '@everfold/memory';
        ${roundTrip}
        await roundTrip();
      `,
    );

    expect(result).toEqual({ seen: [{ owner: 'Ada' }], known: true });
  });

  it('work from a CommonJS file', async () => {
    const result = await installation.run(
      'script.cjs',
      `
        const { mkdtempSync } = require('node:fs');
        const { join } = require('node:path');
        const { Event, decodeRegistered, encodeEvent, newEventId } = require('@everfold/core');
        const { embedded } = require('@everfold/embedded');
        const { MemoryEventStore } = require('@everfold/memory');
        ${roundTrip}
        roundTrip();
      `,
    );

    expect(result).toEqual({ seen: [{ owner: 'Ada' }], known: true });
  });

  it('share one registry: a class registered by one copy is read through the other', async () => {
    const result = await installation.run(
      'registry.mjs',
      `${both}
        class Opened extends esm.Event('packaging.opened') {}
        class Closed extends cjs.Event('packaging.closed') {}
        const store = await esmEmbedded({ folder }).open(signal);
        const events = [new Opened({ owner: 'Ada' }), new Closed({})];
        const encoded = [cjs.encodeEvent(events[0], { id: esm.newEventId(), metadata }), esm.encodeEvent(events[1], { id: cjs.newEventId(), metadata })];
        await store.append('account-1', encoded);
        const recorded = await collect(store.read('account-1'));
        await store[Symbol.asyncDispose]();
        print([
          cjs.eventRegistry() === esm.eventRegistry(),
          cjs.decodeRegistered(recorded[0]) instanceof Opened,
          esm.decodeRegistered(recorded[1]) instanceof Closed,
        ]);
      `,
    );

    expect(result).toEqual([true, true, true]);
  });

  it('share one context: what one copy begins is seen by the other', async () => {
    const result = await installation.run(
      'context.mjs',
      `${both}
        const later = () => new Promise((resolve) => setImmediate(resolve));
        print([
          await esm.withContext({ actor: 'Ada' }, async () => { await later(); return cjs.currentContext(); }),
          await cjs.withContext({ actor: 'Eve' }, async () => { await later(); return esm.currentContext(); }),
          esm.withContext({ actor: 'Ada' }, () => cjs.withContext({ tenant: 't-1' }, () => esm.currentContext())),
          cjs.currentContext(),
        ]);
      `,
    );

    expect(result).toEqual([
      { actor: 'Ada' },
      { actor: 'Eve' },
      { actor: 'Ada', tenant: 't-1' },
      {},
    ]);
  });

  it('know the errors of each other by instanceof', async () => {
    const result = await installation.run(
      'errors.mjs',
      `${both}
        const store = await cjsEmbedded({ folder }).open(signal);
        const error = await store.append('account-1', [{ id: esm.newEventId(), type: 'a', version: 1, data: {}, metadata }], { expected: 7 })
          .catch((reason) => reason);
        await store[Symbol.asyncDispose]();
        class Refusal extends cjs.DomainError { code = 'no'; }
        print([
          error instanceof esm.EverfoldError,
          error instanceof cjs.EverfoldError,
          error instanceof esm.WrongExpectedRevisionError,
          error instanceof esm.StreamDeletedError,
          new Refusal() instanceof esm.DomainError,
        ]);
      `,
    );

    expect(result).toEqual([true, true, true, false, true]);
  });

  it('open one folder by both copies in one process, and each sees what the other wrote', async () => {
    const result = await installation.run(
      'folder.mjs',
      `${both}
        const one = await esmEmbedded({ folder }).open(signal);
        const two = await cjsEmbedded({ folder }).open(signal);
        const event = () => ({ id: esm.newEventId(), type: 'a', version: 1, data: {}, metadata });
        await one.append('account-1', [event()], { expected: 'no-stream' });
        await two.append('account-1', [event()], { expected: 0 });
        await one.append('account-1', [event()], { expected: 1 });
        const seen = [await collect(one.read('account-1')), await collect(two.read('account-1'))];
        const identities = [await one.identity(), await two.identity()];
        await one[Symbol.asyncDispose]();
        const after = await two.append('account-1', [event()], { expected: 2 });
        await two[Symbol.asyncDispose]();
        print([seen.map((events) => events.map(({ revision }) => revision)), identities[0] === identities[1], after.revision]);
      `,
    );

    expect(result).toEqual([
      [
        [0, 1, 2],
        [0, 1, 2],
      ],
      true,
      3,
    ]);
  });

  it('fold by classes of one copy over a store of the other', async () => {
    const result = await installation.run(
      'repository.mjs',
      `${both}
        class Deposited extends cjs.Event('packaging.deposited') {}
        const account = cjs.aggregate('account', { initial: () => ({ balance: 0 }) })
          .on(Deposited, (state, { amount }) => ({ balance: state.balance + amount }));
        const store = await esmEmbedded({ folder }).open(signal);
        const accounts = esm.createRepository(store, account);
        await accounts.create('1', () => new Deposited({ amount: 2 }));
        const { state, revision } = await accounts.update('1', () => [new Deposited({ amount: 3 })]);
        await store[Symbol.asyncDispose]();
        print({ state, revision });
      `,
    );

    expect(result).toEqual({ state: { balance: 5 }, revision: 1 });
  });

  it('name what is injected alike, so that a decorator of one copy finds the module of the other', async () => {
    const result = await installation.run(
      'injected.mjs',
      `${both}
        import 'reflect-metadata';
        import * as esmNest from '@everfold/nestjs';
        const { NestFactory } = await import('@nestjs/core');
        const cjsNest = require('@everfold/nestjs');
        class Opened extends esm.Event('packaging.opened') {}
        const account = cjs.aggregate('account', { initial: () => ({ owner: '' }) }).on(Opened, (_, { owner }) => ({ owner }));
        class Owners { constructor(accounts) { this.accounts = accounts; } }
        cjsNest.InjectAggregate(account)(Owners, undefined, 0);
        const module = {
          module: class {},
          imports: [esmNest.EverfoldModule.forRoot({ eventStore: cjsEmbedded({ folder }) }), esmNest.EverfoldModule.forFeature([account])],
          providers: [Owners],
        };
        const app = await NestFactory.createApplicationContext(module, { logger: ['error'], abortOnError: false });
        const { accounts } = app.get(Owners);
        await accounts.create('1', () => new Opened({ owner: 'Ada' }));
        const { state } = await accounts.find('1');
        await app.close();
        print([state, esmNest.EverfoldModule === cjsNest.EverfoldModule, esmNest.getEventStoreToken() === cjsNest.getEventStoreToken()]);
      `,
    );

    expect(result).toEqual([{ owner: 'Ada' }, false, true]);
  });

  it.each([
    ['mjs', (names: string, name: string) => `import { ${names} } from '${name}';`],
    ['cjs', (names: string, name: string) => `const { ${names} } = require('${name}');`],
  ])('validate events in a .%s file where class-validator is installed', async (ending, load) => {
    const folder = join(installation.folder, `validated-${ending}`);
    for (const name of ['@everfold/core', '@everfold/memory'])
      await cp(
        join(installation.folder, 'node_modules', name),
        join(folder, 'node_modules', name),
        { recursive: true },
      );
    await installation.lend(folder, 'class-validator');

    const result = await installation.run(
      `validated-${ending}/use.${ending}`,
      `
        ${load('Aggregate, AggregateRoot, createRepository, EventType', '@everfold/core')}
        ${load('MemoryEventStore', '@everfold/memory')}
        ${load('IsString', 'class-validator')}
        class Reviewed { constructor(note) { this.note = note; } }
        IsString()(Reviewed.prototype, 'note');
        EventType('account.reviewed')(Reviewed);
        class Account extends AggregateRoot { review(note) { this.apply(new Reviewed(note)); } }
        Aggregate('account')(Account);
        const accounts = createRepository(new MemoryEventStore(), Account);
        const outcome = (note) => accounts.create(String(note), (it) => it.review(note)).then(() => 'created', ({ code }) => code);
        Promise.all([outcome('fine'), outcome(7)]).then((outcomes) => console.log(JSON.stringify(outcomes)));
      `,
    );

    expect(result).toEqual(['created', 'EVENT_INVALID']);
  });

  it.each(Object.keys(PACKAGES))(
    'let everybody in by each door of %s, and give both kinds of module the same',
    async (name) => {
      const result = await installation.run(
        `doors-of-${name.slice('@everfold/'.length)}.mjs`,
        `
        import { createRequire } from 'node:module';
        const require = createRequire(import.meta.url);
        const doors = Object.keys(require('${name}/package.json').exports).filter((door) => !door.endsWith('.json'));
        const exportsOf = (module) => Object.keys(module).filter((name) => !['default', 'module.exports', '__esModule'].includes(name)).sort();
        const all = await Promise.all(doors.map(async (door) => {
          const specifier = '${name}' + door.slice(1);
          return { esm: exportsOf(await import(specifier)), cjs: exportsOf(require(specifier)) };
        }));
        console.log(JSON.stringify(all));
      `,
      );

      const doors = result as { readonly esm: string[]; readonly cjs: string[] }[];
      expect(doors).not.toEqual([]);
      for (const { esm, cjs } of doors) {
        expect(esm).not.toEqual([]);
        expect(cjs).toEqual(esm);
      }
    },
  );

  it('bring the everfold command, which loads a configuration in TypeScript', async () => {
    await writeFile(
      join(installation.folder, 'everfold.config.ts'),
      `
        import { defineConfig, type EverfoldConfig } from '@everfold/cli';
        import { embedded } from '@everfold/embedded';
        export default defineConfig(async (): Promise<EverfoldConfig> => ({ eventStore: embedded({ folder: './cli' }), definitions: [] }));
      `,
    );

    const everfold = join(installation.folder, 'node_modules', '.bin', 'everfold');
    const { stdout } = await run(installation.folder, everfold, ['store', 'verify', '--json']);

    expect(JSON.parse(stdout)).toMatchObject({ ok: true, events: 0 });
  });

  it('let nobody in by another door', async () => {
    const result = await installation.run(
      'doors.mjs',
      `
        const doors = ['@everfold/core/dist/esm/event/json.js', '@everfold/core/src/index.ts', '@everfold/embedded/dist/cjs/index.js'];
        const codes = await Promise.all(doors.map((door) => import(door).then(() => 'open', ({ code }) => code)));
        console.log(JSON.stringify(codes));
      `,
    );

    expect(result).toEqual(Array(3).fill('ERR_PACKAGE_PATH_NOT_EXPORTED'));
  });
});
