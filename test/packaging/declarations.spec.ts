import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Installation } from './installation.js';
import { PACKAGES, root } from './packages.js';

let installation: Installation;

beforeAll(async () => {
  // A CommonJS file cannot import Nest 12, which has ES modules only.
  installation = await Installation.of(
    PACKAGES,
    ...['common', 'core', 'cqrs'].map((it) => `@nestjs/${it}@11`),
  );
}, 240_000);

afterAll(() => installation.remove());

describe('The declarations of the packages', () => {
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2023'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    esModuleInterop: true,
    types: ['node', 'jest'],
  };
  const use = `
    import { Event, type EventStore, MAX_STREAM_NAME_BYTES } from '@everfold/core';
    import { describeEventStoreContract } from '@everfold/core/testing';
    import { MemoryEventStore } from '@everfold/memory';
    export class Opened extends Event('types.opened')<{ owner: string }> {}
    export const owner: string = new Opened({ owner: 'Ada' }).owner;
    export const bytes: number = MAX_STREAM_NAME_BYTES;
    export const store: EventStore = new MemoryEventStore();
    describeEventStoreContract('x', { create: async () => store });
    // @ts-expect-error declarations were found, and they are not \`any\`
    export const wrong: number = new Opened({ owner: 'Ada' }).owner;
  `;
  const useEmbedded = `
    import type { EventStore } from '@everfold/core';
    import { embedded } from '@everfold/embedded';
    export const open = (): Promise<EventStore> => embedded({ folder: './data' }).open(AbortSignal.timeout(1));
    // @ts-expect-error declarations were found, and they are not \`any\`
    embedded({ folder: 7 });
  `;
  const useCli = `
    import { defineConfig, type EverfoldConfig } from '@everfold/cli';
    import { embedded } from '@everfold/embedded';
    const config: EverfoldConfig = { eventStore: embedded({ folder: './data' }), definitions: [] };
    export const one = defineConfig(config);
    export default defineConfig(async () => config);
    // @ts-expect-error declarations were found, and they are not \`any\`
    defineConfig({ eventStore: 7, definitions: [] });
  `;
  const useNest = `
    import 'reflect-metadata';
    import { AggregateRepository, Aggregate, AggregateRoot } from '@everfold/core';
    import { EverfoldModule, InjectAggregate } from '@everfold/nestjs';
    import { AggregateRoot as CqrsRoot, CommandHandler, CqrsModule, cqrsAggregate } from '@everfold/nestjs/cqrs';
    import { memory } from '@everfold/memory';
    import { Module } from '@nestjs/common';
    @Aggregate('account') export class Account extends AggregateRoot {}
    export class Opened { readonly owner: string = ''; }
    export class Old extends CqrsRoot {}
    export class Open {}
    @CommandHandler(Open)
    export class Opening {
      constructor(@InjectAggregate(Account) readonly accounts: AggregateRepository<Account>) {}
      async execute(): Promise<void> {
        const done: Promise<void> = new Old().commit();
        await done;
      }
    }
    @Module({
      imports: [
        CqrsModule,
        EverfoldModule.forRoot({ eventStore: memory() }),
        EverfoldModule.forFeature([Account, cqrsAggregate('old', Old, { events: { 'old.opened': Opened } })]),
      ],
      providers: [Opening],
    })
    export class AppModule {}
    // @ts-expect-error declarations were found, and they are not \`any\`
    EverfoldModule.forRoot({ eventStore: 7 });
    // @ts-expect-error declarations were found, and they are not \`any\`
    cqrsAggregate(7, Old, { events: {} });
  `;

  it.each([
    ['node10', 'commonjs', 'ts'],
    ['node16', 'node16', 'cts'],
    ['node16', 'node16', 'mts'],
    ['bundler', 'esnext', 'ts'],
  ])(
    'resolve by %s (module %s) from a .%s file',
    async (moduleResolution, module, ending) => {
      const folder = await folderFor(`resolve-${moduleResolution}-${ending}`);

      const output = await installation.compile(
        folder,
        { compilerOptions: { ...compilerOptions, skipLibCheck: true, module, moduleResolution } },
        {
          [`use.${ending}`]: use,
          [`cli.${ending}`]: useCli,
          [`embedded.${ending}`]: useEmbedded,
          [`nest.${ending}`]: useNest,
        },
      );

      expect(output).toBe('');
    },
    120_000,
  );

  it.each([
    ['node10', 'commonjs'],
    ['node16', 'node16'],
  ])(
    'infer from CommonJS by %s what they infer in this repository',
    async (moduleResolution, module) => {
      const folder = await folderFor(`infer-${moduleResolution}`);
      const source = join(root, 'test', 'types');
      const files = (await readdir(source)).filter((file) => file.endsWith('.ts'));
      const contents = await Promise.all(files.map((file) => readFile(join(source, file), 'utf8')));

      const output = await installation.compile(
        folder,
        { compilerOptions: { ...compilerOptions, skipLibCheck: true, module, moduleResolution } },
        Object.fromEntries(files.map((file, index) => [file, contents[index] ?? ''])),
      );

      expect(files).toEqual(expect.arrayContaining(['events.ts', 'aggregates.ts', 'commands.ts']));
      expect(output).toBe('');
    },
    120_000,
  );

  it('compile themselves, where no library is skipped', async () => {
    const folder = await folderFor('libraries');

    const output = await installation.compile(
      folder,
      { compilerOptions: { ...compilerOptions, module: 'node16', moduleResolution: 'node16' } },
      {
        'use.cts': use,
        'cli.cts': useCli,
        'cli.mts': useCli,
        'embedded.cts': useEmbedded,
        'embedded.mts': useEmbedded,
        'nest.cts': useNest,
        'nest.mts': useNest,
      },
    );

    expect(output).toBe('');
  }, 120_000);

  async function folderFor(name: string): Promise<string> {
    const folder = join(installation.folder, name);
    await mkdir(join(folder, 'node_modules', '@types'), { recursive: true });
    await installation.lend(
      folder,
      '@types/node',
      '@types/jest',
      'class-validator',
      'undici-types',
    );
    return folder;
  }
});
