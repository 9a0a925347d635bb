import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithMongo } from '../../tools/servers/mongodb.mjs';
import { Installation } from './installation.js';
import { PACKAGES } from './packages.js';

const NAMES = ['@everfold/core', '@everfold/mongodb'];
const ours = Object.fromEntries(Object.entries(PACKAGES).filter(([name]) => NAMES.includes(name)));

const use = `
  import { projection, type ReadModelStore } from '@everfold/core';
  import { type MongoReadModelStore, mongodb } from '@everfold/mongodb';
  import { MongoClient } from 'mongodb';
  const things = projection<{ owner: string }>('things', { version: 1 });
  export async function owners(): Promise<readonly string[]> {
    const client = new MongoClient('mongodb://localhost');
    const store: MongoReadModelStore = await mongodb({ client, database: 'bank' }).open(AbortSignal.timeout(1));
    const port: ReadModelStore = store;
    const { collection, present } = await store.native(things);
    // @ts-expect-error the native collection has the types of its documents
    (await collection.findOne({ ...present }))?.nobody;
    return (await collection.find({ ...present, owner: 'ada' }).toArray()).map(({ owner }) => owner + port.commit);
  }
`;

const steps = (url: string, database: string) => `
  const store = await mongodb({ url: ${JSON.stringify(url)}, database: ${JSON.stringify(database)} }).open(AbortSignal.timeout(30_000));
  await store.createCollection('things@1.1', [['owner']]);
  const version = await store.writeRecord('s', {}, undefined);
  const document = { id: 'a', document: { owner: 'ada', at: new Date(5) }, position: '1', loadedAt: undefined };
  const part = { collection: 'things@1.1', documents: [document], put: [], remove: [], segment: { key: 's', version, value: {} } };
  const outcomes = [await store.save([part]), await store.save([part])].flat().map(({ kind }) => kind);
  const found = await store.findDocuments('things@1.1', { where: [{ field: 'owner', eq: 'ada' }], orderBy: [], limit: 5 });
  await store[Symbol.asyncDispose]();
  console.log(JSON.stringify({ outcomes, found }));
`;

await describeWithMongo('The package for MongoDB', (mongo) => {
  describe.each(['6', '7'])('with version %s of the driver', (major) => {
    let installation: Installation;

    beforeAll(async () => {
      installation = await Installation.of(ours, `mongodb@${major}`);
    }, 240_000);

    afterAll(() => installation.remove());

    it.each([
      ['steps.mjs', "import { mongodb } from '@everfold/mongodb';", (body: string) => body],
      [
        'steps.cjs',
        "const { mongodb } = require('@everfold/mongodb');",
        (body: string) => `(async () => {${body}})();`,
      ],
    ])('writes, refuses and finds from %s', async (file, door, asModule) => {
      const script = `${door}\n${asModule(steps(mongo.url, mongo.database()))}`;

      expect(await installation.run(file, script)).toEqual({
        outcomes: ['saved', 'stale'],
        found: [{ id: 'a', document: { owner: 'ada', at: new Date(5).toJSON() }, position: '1' }],
      });
    });

    it('has declarations that compile', async () => {
      const folder = join(installation.folder, 'types');
      await mkdir(join(folder, 'node_modules', '@types'), { recursive: true });
      await installation.lend(folder, '@types/node', 'undici-types');
      const compilerOptions = {
        ...{
          target: 'es2022',
          lib: ['es2023', 'dom'],
          strict: true,
          exactOptionalPropertyTypes: true,
        },
        ...{ module: 'node16', moduleResolution: 'node16', noEmit: true, types: ['node'] },
        ...{ esModuleInterop: true, skipLibCheck: true },
      };

      const files = { 'use.mts': use, 'use.cts': use };

      expect(await installation.compile(folder, { compilerOptions }, files)).toBe('');
    });
  });
});
