import { type Consumer, Workshop } from './consumer.js';

const INSTALLING_MS = 300_000;
const TESTING_MS = 180_000;

let workshop: Workshop;

beforeAll(async () => {
  workshop = await Workshop.open();
}, INSTALLING_MS);

afterAll(() => workshop.remove());

describe('A project in plain JavaScript', () => {
  const project = consumer('plain-js');

  itHasOurPackagesFromTarballs(project, ['core', 'embedded', 'memory']);

  itPasses(project, 'test', /pass 5\n/);
});

describe('A Nest 12 application of ES modules', () => {
  const project = consumer('nest-12-esm');

  itHasOurPackagesFromTarballs(project, ['core', 'embedded', 'nestjs']);

  itHas(project, '@nestjs/core', '12');

  itPasses(project, 'build');

  itPasses(project, 'test', /pass 7\n/);
});

describe('A Nest 11 application of CommonJS modules, as nest new makes it', () => {
  const project = consumer('nest-11-cjs');

  itHasOurPackagesFromTarballs(project, ['core', 'embedded', 'memory', 'nestjs']);

  itHas(project, '@nestjs/core', '11');

  itPasses(project, 'test', /Tests: +9 passed, 9 total/);

  itPasses(project, 'test:e2e', /Tests: +4 passed, 4 total/);

  itPasses(project, 'build');

  it(
    'answers as node dist/main, and ends with 0 on SIGTERM',
    async () => {
      const server = project().start(/Listening on (\S+)/, 'dist/main');
      try {
        const url = await server.ready;
        const created = await fetch(`${url}/tasks/1`, {
          method: 'PUT',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ title: 'Write' }),
        });
        const found = await fetch(`${url}/tasks/1`);

        expect([created.status, await created.json()]).toEqual([200, { revision: 0 }]);
        expect([found.status, await found.json()]).toEqual([200, { title: 'Write', done: false }]);
      } finally {
        server.stop();
      }
      expect(await server.ended).toEqual({ code: 0, signal: null });
    },
    TESTING_MS,
  );

  describe('with the lowest versions that our peers allow', () => {
    beforeAll(async () => {
      await project().install(
        ...['common', 'core', 'cqrs', 'platform-express', 'testing'].map(
          (it) => `@nestjs/${it}@11.0.0`,
        ),
        'class-validator@0.14.0',
        'reflect-metadata@0.2.0',
        'rxjs@7.2.0',
      );
    }, INSTALLING_MS);

    itHasOurPackagesFromTarballs(project, ['core', 'embedded', 'memory', 'nestjs']);

    itHas(project, '@nestjs/core', '11.0.0');

    itPasses(project, 'test', /Tests: +9 passed, 9 total/);

    itPasses(project, 'test:e2e', /Tests: +4 passed, 4 total/);
  });
});

/** Makes a consumer before the tests of a block. */
function consumer(template: string): () => Consumer {
  let made: Consumer | undefined;
  beforeAll(async () => {
    made = await workshop.make(template);
  }, INSTALLING_MS);
  return () => {
    if (made === undefined) throw new Error(`${template} was not installed.`);
    return made;
  };
}

/** @param names - Without the scope. */
function itHasOurPackagesFromTarballs(project: () => Consumer, names: readonly string[]): void {
  it(
    'has our packages from their tarballs, and nothing else of this repository',
    async () => {
      const packages = await project().packages();

      const ours = packages.filter((it) => it.name.startsWith('@everfold/') || it.file);
      expect(
        ours
          .map(({ name, place, file }) => ({ name, place, file }))
          .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      ).toEqual(
        names.map((name) => ({
          name: `@everfold/${name}`,
          place: `node_modules/@everfold/${name}`,
          file: expect.stringMatching(new RegExp(`^everfold-${name}-[\\d.]+\\.tgz$`)),
        })),
      );
      expect(packages.filter(({ place }) => !place.startsWith('node_modules/'))).toEqual([]);
    },
    TESTING_MS,
  );
}

/** @param version - Or the beginning of it, up to a dot. */
function itHas(project: () => Consumer, name: string, version: string): void {
  it(
    `has ${name} ${version}, once`,
    async () => {
      const packages = await project().packages();

      expect(packages.filter((it) => it.name === name)).toEqual([
        expect.objectContaining({
          version: expect.stringMatching(new RegExp(`^${version}(\\.|$)`)),
        }),
      ]);
    },
    TESTING_MS,
  );
}

/** @param output - What is printed only when all of its tests ran. */
function itPasses(project: () => Consumer, script: string, output = /^/): void {
  it(
    `passes npm run ${script}`,
    async () => {
      expect(await project().script(script)).toMatch(output);
    },
    TESTING_MS,
  );
}
