import { EverfoldModule, type EverfoldModuleOptions } from '@everfold/nestjs';
import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_FILTER } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { TerminusModule } from '@nestjs/terminus';
import { Account } from './accounts/account.js';
import { CloseAccountHandler } from './accounts/close-account/close-account-handler.js';
import { DepositMoneyHandler } from './accounts/deposit-money/deposit-money-handler.js';
import { FreezeAccountHandler } from './accounts/freeze-account/freeze-account-handler.js';
import { GetAccountHandler } from './accounts/get-account/get-account-handler.js';
import { GetStatementHandler } from './accounts/get-statement/get-statement-handler.js';
import { statementEntries } from './accounts/get-statement/statement-entries.js';
import { dailyTotals } from './accounts/get-totals/daily-totals.js';
import { GetTotalsHandler } from './accounts/get-totals/get-totals-handler.js';
import { accountSummaries } from './accounts/list-accounts/account-summaries.js';
import { ListAccountsHandler } from './accounts/list-accounts/list-accounts-handler.js';
import { OpenAccountHandler } from './accounts/open-account/open-account-handler.js';
import { UnfreezeAccountHandler } from './accounts/unfreeze-account/unfreeze-account-handler.js';
import { WithdrawMoneyHandler } from './accounts/withdraw-money/withdraw-money-handler.js';
import {
  type BankConfig,
  type Configuration,
  readConfiguration,
} from './configuration/configuration.js';
import { AccountsController } from './http/accounts-controller.js';
import { FreshReads } from './http/fresh-reads.js';
import { HealthController } from './http/health-controller.js';
import { ProblemFilter } from './http/problem-filter.js';
import { requestContext } from './http/request-context.js';
import { TotalsController } from './http/totals-controller.js';
import { eventStoreOf, readModelsOf } from './stores.js';

const CACHED_ACCOUNTS = 10_000;
/** Against other processes on the same log; in this one changes of an account wait for each other. */
const CONFLICT_RETRIES = 10;

const HANDLERS = [
  OpenAccountHandler,
  DepositMoneyHandler,
  WithdrawMoneyHandler,
  FreezeAccountHandler,
  UnfreezeAccountHandler,
  CloseAccountHandler,
  GetAccountHandler,
  GetStatementHandler,
  ListAccountsHandler,
  GetTotalsHandler,
];

const READ_MODELS = [accountSummaries, statementEntries, dailyTotals];

/** The bank's only module: configuration, the stores, use cases, read models and routes. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: Nest's modules are classes
export class BankModule {
  /**
   * @param environment - What the bank is configured by.
   * @param starting - Gives up opening the stores.
   * @throws {@link ConfigurationError} (as the application is made) that names every variable that is wrong.
   */
  static forRoot(
    environment: Readonly<Record<string, string | undefined>>,
    starting: AbortSignal,
  ): DynamicModule {
    return {
      module: BankModule,
      imports: [
        ConfigModule.forRoot({
          isGlobal: true,
          ignoreEnvFile: true,
          skipProcessEnv: true,
          // Under a name of its own: what lies at the top is written to the process's environment.
          validate: () => ({ bank: readConfiguration(environment) }),
        }),
        CqrsModule.forRoot(),
        EverfoldModule.forRootAsync({
          inject: [ConfigService],
          useFactory: (config: BankConfig) =>
            everfoldOptions(config.get('bank', { infer: true }), starting),
        }),
        EverfoldModule.forFeature([Account, ...READ_MODELS]),
        // What is wrong is logged by the filter that answers it.
        TerminusModule.forRoot({ logger: false }),
      ],
      controllers: [AccountsController, TotalsController, HealthController],
      providers: [...HANDLERS, FreshReads, { provide: APP_FILTER, useClass: ProblemFilter }],
    };
  }
}

function everfoldOptions(
  configuration: Configuration,
  starting: AbortSignal,
): EverfoldModuleOptions {
  return {
    eventStore: eventStoreOf(configuration, starting),
    readModels: readModelsOf(configuration, starting),
    cache: { maxAggregates: CACHED_ACCOUNTS },
    oneAtATime: true,
    commands: { conflictRetries: CONFLICT_RETRIES },
    context: requestContext,
    shutdownTimeoutMs: configuration.shutdownTimeoutMs,
  };
}
