import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type EventStore, type ReadModel, withContext } from '@everfold/core';
import { getEventStoreToken, getReadModelToken } from '@everfold/nestjs';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { AppModule } from './app.module.js';
import { Arrivals } from './parcels/arrivals.js';
import { MoveParcel } from './parcels/move-parcel.js';
import { type ListedParcel, parcelList } from './parcels/parcel-list.js';
import { PostParcel } from './parcels/post-parcel.js';

describe('A Nest 12 application of ES modules', () => {
  let folder: string;
  let app: INestApplication;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parcels-'));
    app = await started();
  });

  afterEach(async () => {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('handles commands and queries that come over HTTP', async () => {
    const posted = await post('/parcels/1', { to: 'Ada' });
    const moved = await post('/parcels/1/moves', { place: 'Oslo' });

    const parcel = await get('/parcels/1');

    assert.deepEqual(posted, { status: 201, body: { revision: 0 } });
    assert.deepEqual(moved, { status: 201, body: { revision: 1, repeated: false } });
    assert.deepEqual(parcel, { status: 200, body: { to: 'Ada', places: ['Oslo'], revision: 1 } });
  });

  it('still knows after a restart what it was told', async () => {
    await post('/parcels/1', { to: 'Ada' });
    await post('/parcels/1/moves', { place: 'Oslo' });

    await app.close();
    app = await started();

    const { body } = await get('/parcels/1');
    assert.deepEqual(body, { to: 'Ada', places: ['Oslo'], revision: 1 });
  });

  it('does once what is asked twice with one Idempotency-Key', async () => {
    await post('/parcels/1', { to: 'Ada' });
    const first = await post('/parcels/1/moves', { place: 'Oslo' }, { 'Idempotency-Key': 'm-1' });

    await app.close();
    app = await started();
    const again = await post('/parcels/1/moves', { place: 'Oslo' }, { 'Idempotency-Key': 'm-1' });

    assert.deepEqual(first.body, { revision: 1, repeated: false });
    assert.deepEqual(again.body, { revision: 1, repeated: true });
  });

  it('validates commands by their decorators before they are handled', async () => {
    const refused = app.get(CommandBus).execute(new PostParcel('1', ''));

    await assert.rejects(refused, { code: 'COMMAND_INVALID' });
    assert.equal((await get('/parcels/1')).status, 404);
  });

  it("passes on the domain's no, and retries nothing", async () => {
    const commands = app.get(CommandBus);
    await commands.execute(new PostParcel('1', 'Ada'));
    await commands.execute(new MoveParcel('1', 'Oslo'));

    const refused = commands.execute(new MoveParcel('1', 'Oslo'));

    await assert.rejects(refused, { code: 'already-there' });
  });

  it('records who acted, over HTTP and by withContext', async () => {
    await post('/parcels/1', { to: 'Ada' }, { 'X-Actor': 'clerk' });
    await withContext({ actor: 'driver' }, () =>
      app.get(CommandBus).execute(new MoveParcel('1', 'Oslo')),
    );

    const actors = [];
    const store = app.get<EventStore>(getEventStoreToken());
    for await (const { metadata } of store.read('parcel-1')) actors.push(metadata.actor);

    assert.deepEqual(actors, ['clerk', 'driver']);
  });

  it('lists parcels from a read model, and calls a reactor for each event', async () => {
    const commands = app.get(CommandBus);
    const list = app.get<ReadModel<ListedParcel>>(getReadModelToken(parcelList));
    const { places } = app.get(Arrivals);
    await commands.execute(new PostParcel('1', 'Ada'));
    const { token } = await commands.execute(new MoveParcel('1', 'Oslo'));

    const { items } = await list.find({ where: { place: 'Oslo' } }, { after: token });
    while (places.length === 0) await new Promise(setImmediate);

    assert.deepEqual(items, [{ to: 'Ada', place: 'Oslo' }]);
    assert.deepEqual(places, ['Oslo']);
  });

  async function started(): Promise<INestApplication> {
    const created = await NestFactory.create(AppModule.in(folder), { logger: ['warn', 'error'] });
    await created.listen(0, '127.0.0.1');
    return created;
  }

  async function get(path: string) {
    return answer(await fetch((await app.getUrl()) + path));
  }

  async function post(path: string, body: object, headers: Readonly<Record<string, string>> = {}) {
    const init = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    };
    return answer(await fetch((await app.getUrl()) + path, init));
  }

  async function answer(response: Response) {
    return { status: response.status, body: await response.json() };
  }
});
