import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INestApplication } from '@nestjs/common';
import { Test, TestingModule } from '@nestjs/testing';
import request from 'supertest';
import { App } from 'supertest/types';
import { AppModule } from './../src/app.module';

describe('TasksController (e2e)', () => {
  let folder: string;
  let app: INestApplication<App>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tasks-'));
    process.env.DATA_FOLDER = folder;
    app = await started();
  });

  it('/tasks/:id (PUT, POST, GET), and again after a restart', async () => {
    await request(app.getHttpServer()).put('/tasks/1').send({ title: 'Write' }).expect(200);
    await request(app.getHttpServer()).post('/tasks/1/finish').expect(201).expect({ revision: 1 });
    await app.close();
    app = await started();

    await request(app.getHttpServer()).get('/tasks/1').expect({ title: 'Write', done: true });
  });

  it('/tasks/:id (PUT) refuses what its decorators refuse', async () => {
    await request(app.getHttpServer()).put('/tasks/1').send({ title: '' }).expect(400);
    await request(app.getHttpServer()).get('/tasks/1').expect(404);
  });

  it('/tasks/:id/finish (POST) acts once on one Idempotency-Key', async () => {
    await request(app.getHttpServer()).put('/tasks/1').send({ title: 'Write' });
    const finish = () =>
      request(app.getHttpServer()).post('/tasks/1/finish').set('Idempotency-Key', 'k-1');

    await finish().expect({ revision: 1 });
    await finish().expect({ revision: 1 });
  });

  afterEach(async () => {
    await app.close();
    delete process.env.DATA_FOLDER;
    await rm(folder, { recursive: true, force: true });
  });

  async function started(): Promise<INestApplication<App>> {
    const moduleFixture: TestingModule = await Test.createTestingModule({
      imports: [AppModule],
    }).compile();
    const created: INestApplication<App> = moduleFixture.createNestApplication();
    return created.init();
  }
});
