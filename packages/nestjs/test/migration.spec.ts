import { readdir, readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { EventStore } from '@everfold/core';
import { MemoryEventStore } from '@everfold/memory';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { getEventStoreToken } from '../src/index.js';
import { HeroesModule as DurableHeroes } from './migration/after/heroes-module.js';
import { HeroesModule as PlainHeroes } from './migration/before/heroes-module.js';
import { closeAll, eventsOf, start } from './support/applications.js';

/** A store that outlives the applications on it, as a folder does. */
function kept(): { open(): Promise<EventStore> } {
  const store = new MemoryEventStore();
  const stays = new Proxy(store, {
    get: (target, key) => {
      if (key === Symbol.asyncDispose) return async () => undefined;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { open: async () => stays };
}

async function serve(metadata: ModuleMetadata): Promise<INestApplication> {
  const app = await start(metadata);
  await app.listen(0, '127.0.0.1');
  return app;
}

function client(app: INestApplication) {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const headers = { 'Content-Type': 'application/json', Connection: 'close' };
  const url = (path: string) => `http://127.0.0.1:${port}/heroes/${path}`;
  return {
    post: async (path: string, body: object) =>
      (await fetch(url(path), { method: 'POST', headers, body: JSON.stringify(body) })).status,
    get: async (path: string) => (await fetch(url(path), { headers })).json(),
  };
}

afterEach(closeAll);

describe.each([
  ['as it was written for @nestjs/cqrs', () => ({ imports: [PlainHeroes] })],
  ['made durable', () => ({ imports: [DurableHeroes.on(kept())] })],
])('An application %s', (_, metadata) => {
  it('handles commands, events and queries', async () => {
    const { post, get } = client(await serve(metadata()));

    const statuses = [
      await post('1', { name: 'Ada' }),
      await post('1/kills', { dragon: 'Smaug' }),
      await post('1/kills', { dragon: 'Fafnir' }),
      await post('2/kills', { dragon: 'Fafnir' }),
    ];

    expect(statuses).toEqual([201, 201, 201, 404]);
    await expect(get('1')).resolves.toEqual({ name: 'Ada', kills: 2 });
  });

  it('decides on what has happened', async () => {
    const { post, get } = client(await serve(metadata()));
    await post('1', { name: 'Ada' });
    await post('1/kills', { dragon: 'Smaug' });

    await expect(post('1/kills', { dragon: 'Smaug' })).resolves.toBe(500);
    await expect(get('1')).resolves.toEqual({ name: 'Ada', kills: 1 });
  });
});

describe('The application made durable', () => {
  it('differs in imports, in its module, and in awaiting commit()', async () => {
    const folders = ['before', 'after'].map((name) => join(import.meta.dirname, 'migration', name));
    const [before = [], after = []] = await Promise.all(folders.map((folder) => readdir(folder)));
    const normalised = async (folder: string, file: string) =>
      (await readFile(join(folder, file), 'utf8'))
        .replaceAll("'../../../src/cqrs/index.js'", "'@nestjs/cqrs'")
        .replaceAll('await hero.commit();', 'hero.commit();');

    const changed: string[] = [];
    for (const file of before) {
      const [one, other] = await Promise.all(folders.map((folder) => normalised(folder, file)));
      if (one !== other) changed.push(file);
    }

    expect(after).toEqual(before);
    expect(changed).toEqual(['heroes-module.ts']);
  });

  it('goes on after a restart with all that it acknowledged', async () => {
    const eventStore = kept();
    const first = await serve({ imports: [DurableHeroes.on(eventStore)] });
    await client(first).post('1', { name: 'Ada' });
    await client(first).post('1/kills', { dragon: 'Smaug' });
    await first.close();

    const second = await serve({ imports: [DurableHeroes.on(eventStore)] });
    const again = await client(second).post('1/kills', { dragon: 'Smaug' });
    const other = await client(second).post('1/kills', { dragon: 'Fafnir' });

    expect([again, other]).toEqual([500, 201]);
    const stored = await eventsOf(second);
    expect(stored.map(({ type, data }) => [type, data])).toEqual([
      ['hero.appeared', { heroId: '1', name: 'Ada' }],
      ['hero.dragon-killed', { heroId: '1', dragon: 'Smaug' }],
      ['hero.dragon-killed', { heroId: '1', dragon: 'Fafnir' }],
    ]);
    expect(second.get(getEventStoreToken())).toBeDefined();
  });
});
