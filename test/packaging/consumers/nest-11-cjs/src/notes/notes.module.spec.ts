import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embedded } from '@everfold/embedded';
import { EverfoldModule } from '@everfold/nestjs';
import { CommandBus, QueryBus } from '@everfold/nestjs/cqrs';
import { Test, TestingModule } from '@nestjs/testing';
import { GetNote } from './get-note';
import { NotesModule } from './notes.module';
import { WriteNote } from './write-note';
import { WrittenNotes } from './written-notes';

describe('NotesModule', () => {
  let folder: string;
  let app: TestingModule;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'notes-'));
    app = await started();
  });

  afterEach(async () => {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('should keep over a restart what an aggregate of @nestjs/cqrs has committed', async () => {
    await app.get(CommandBus).execute(new WriteNote('1', 'first'));
    await app.get(CommandBus).execute(new WriteNote('1', 'second'));

    await app.close();
    app = await started();

    expect(await app.get(QueryBus).execute(new GetNote('1'))).toBe('second');
  });

  it('should hand what was committed to handlers of events', async () => {
    await app.get(CommandBus).execute(new WriteNote('1', 'first'));

    expect(app.get(WrittenNotes).texts).toEqual(['first']);
  });

  async function started(): Promise<TestingModule> {
    const module = await Test.createTestingModule({
      imports: [
        EverfoldModule.forRoot({ eventStore: embedded({ folder }), publishToEventBus: true }),
        NotesModule,
      ],
    }).compile();
    return module.init();
  }
});
