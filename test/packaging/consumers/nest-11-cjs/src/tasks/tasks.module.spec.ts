import {
  type AggregateRepository,
  CommandIdReusedError,
  type ReadModel,
  withContext,
} from '@everfold/core';
import { memory } from '@everfold/memory';
import { EverfoldModule, getAggregateToken, getReadModelToken, live } from '@everfold/nestjs';
import { CommandBus } from '@nestjs/cqrs';
import { Test, TestingModule } from '@nestjs/testing';
import { AddTask } from './add-task';
import { Congratulations } from './congratulations';
import { FinishTask } from './finish-task';
import { Task } from './task';
import { type ListedTask, taskList } from './task-list';
import { TasksModule } from './tasks.module';

describe('TasksModule', () => {
  let app: TestingModule;
  let commands: CommandBus;
  let tasks: AggregateRepository<Task>;

  beforeEach(async () => {
    app = await Test.createTestingModule({
      imports: [EverfoldModule.forRoot({ eventStore: memory() }), TasksModule],
    }).compile();
    await app.init();
    commands = app.get(CommandBus);
    tasks = app.get(getAggregateToken(Task));
  });

  afterEach(async () => {
    await app.close();
  });

  it('should add a task and finish it', async () => {
    await commands.execute(new AddTask('1', 'Write'));
    const { revision } = await commands.execute(new FinishTask('1'));

    expect(revision).toBe(1);
    expect((await tasks.find('1'))?.state).toMatchObject({ title: 'Write', done: true });
  });

  it('should refuse a command that its decorators refuse', async () => {
    const refused = commands.execute(new AddTask('1', ''));

    await expect(refused).rejects.toMatchObject({ code: 'COMMAND_INVALID' });
    expect(await tasks.find('1')).toBeUndefined();
  });

  it('should do once what has one command id', async () => {
    const add = () =>
      withContext({ commandId: 'c-1' }, () => commands.execute(new AddTask('1', 'Write')));

    const first = await add();
    const again = await add();

    expect([first.repeated, again.repeated]).toEqual([false, true]);
    expect(again.revision).toBe(first.revision);
  });

  it('should refuse a command id that another command has', async () => {
    await withContext({ commandId: 'c-1' }, () => commands.execute(new AddTask('1', 'Write')));

    const reused = withContext({ commandId: 'c-1' }, () =>
      commands.execute(new AddTask('1', 'Read')),
    );

    await expect(reused).rejects.toBeInstanceOf(CommandIdReusedError);
  });

  it('should list tasks, stored and live, as of a commit', async () => {
    await commands.execute(new AddTask('1', 'Write'));
    const { token } = await commands.execute(new FinishTask('1'));
    const lists = [taskList, live(taskList)].map((it) =>
      app.get<ReadModel<ListedTask>>(getReadModelToken(it)),
    );

    const found = await Promise.all(
      lists.map((list) => list.find({ where: { done: true } }, { after: token })),
    );

    for (const { items } of found) expect(items).toEqual([{ id: '1', title: 'Write', done: true }]);
  });

  it('should call a reactor, with what it injects, for each event', async () => {
    const { said } = app.get(Congratulations);
    await commands.execute(new AddTask('1', 'Write'));
    await commands.execute(new FinishTask('1'));

    while (said.length === 0) await new Promise(setImmediate);

    expect(said).toEqual(['Hello World! 1 is done.']);
  });
});
