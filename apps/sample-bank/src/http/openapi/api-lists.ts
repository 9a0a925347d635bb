import { applyDecorators } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Accounts, Statement, Totals } from './answers.js';
import { ACCOUNTS, ACCOUNTS_CURSOR, CURSOR, STATEMENT, TOTALS, TOTALS_CURSOR } from './examples.js';
import {
  ApiAccountId,
  ApiPaging,
  ApiToken,
  answered,
  OF_ONE_ACCOUNT,
  OF_READS,
  optionalQuery,
} from './parts.js';
import { ApiProblems } from './problem-responses.js';

const OF_LISTS = ['validation-failed', 'invalid-cursor', ...OF_READS] as const;

/** Describes GET /accounts. */
export function ApiAccounts(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: 'Look for accounts, by id ascending' }),
    optionalQuery('owner', 'Whose they are, exactly as they were opened for.', 'Ada'),
    optionalQuery('status', 'Whether they may be used.', 'open', {
      enum: ['open', 'frozen', 'closed'],
    }),
    ApiPaging(ACCOUNTS_CURSOR),
    ApiToken(),
    answered(200, 'A page of the accounts.', { type: Accounts, value: ACCOUNTS }),
    ApiProblems(...OF_LISTS),
  );
}

/** Describes GET of a statement. */
export function ApiStatement(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: 'Show what moved on an account, oldest first' }),
    ApiAccountId(),
    ApiPaging(CURSOR),
    ApiToken(),
    answered(200, 'A page of the statement.', { type: Statement, value: STATEMENT }),
    ApiProblems(...OF_LISTS, ...OF_ONE_ACCOUNT),
  );
}

/** Describes GET /totals. */
export function ApiTotals(): MethodDecorator {
  const day = { format: 'date' };
  return applyDecorators(
    ApiOperation({ summary: 'Show what moved on each day, all accounts together' }),
    optionalQuery('from', 'The first day, UTC.', '2026-01-01', day),
    optionalQuery('to', 'The last day, UTC; it is included.', '2026-01-31', day),
    ApiPaging(TOTALS_CURSOR),
    ApiToken(),
    answered(200, 'A page of the totals.', { type: Totals, value: TOTALS }),
    ApiProblems(...OF_LISTS),
  );
}
