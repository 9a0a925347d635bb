import { AggregateRepository } from '@everfold/core';
import { memory } from '@everfold/memory';
import type { INestApplication } from '@nestjs/common';
import { CommandBus, CqrsModule, QueryBus } from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import { EverfoldModule, getAggregateToken } from '../src/index.js';
import { Account, DepositMoney, GetBalance, OpenAccount } from './support/account.js';
import { AccountsModule } from './support/applications.js';

describe('Accounts', () => {
  let app: INestApplication;
  beforeEach(async () => {
    const testing = await Test.createTestingModule({
      imports: [
        CqrsModule.forRoot(),
        EverfoldModule.forRoot({ eventStore: memory() }),
        AccountsModule,
      ],
    }).compile();
    app = testing.createNestApplication({ logger: false });
    await app.init(); // opens the store
  });
  afterEach(() => app.close()); // closes it: nothing stays open

  it('hold what was paid in', async () => {
    const commands = app.get(CommandBus);
    await commands.execute(new OpenAccount('ada', 'Ada'));

    await commands.execute(new DepositMoney('ada', 500));

    await expect(app.get(QueryBus).execute(new GetBalance('ada'))).resolves.toBe(500);
  });

  it('begin with what the test says', async () => {
    const accounts = app.get<AggregateRepository<Account>>(getAggregateToken(Account));
    await accounts.create('ada', (account) => {
      account.open('Ada');
      account.deposit(100);
    });

    await expect(app.get(QueryBus).execute(new GetBalance('ada'))).resolves.toBe(100);
  });
});

describe('A handler', () => {
  it('is tested against a repository of our own', async () => {
    const found = { state: { balance: 7 } };
    const testing = await Test.createTestingModule({
      imports: [
        CqrsModule.forRoot(),
        EverfoldModule.forRoot({ eventStore: memory() }),
        AccountsModule,
      ],
    })
      .overrideProvider(getAggregateToken(Account))
      .useValue({ find: async () => found })
      .compile();
    await testing.init();

    const balance = await testing.get(QueryBus).execute(new GetBalance('anyone'));
    await testing.close();

    expect(balance).toBe(7);
  });
});
