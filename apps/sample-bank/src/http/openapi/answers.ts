import { ApiProperty } from '@nestjs/swagger';
import type { AccountStatus, AccountView } from '../../accounts/account.js';
import { PROBLEMS } from '../problem.js';

const MINOR_UNITS = 'Minor units of the currency.';
const NEXT = { type: String, nullable: true, description: 'Null on the last page.' } as const;

/** An account, for the description of the routes. */
export class Account implements AccountView {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty()
  readonly owner!: string;

  @ApiProperty({ pattern: '^[A-Z]{3}$' })
  readonly currency!: string;

  @ApiProperty({ enum: ['open', 'frozen', 'closed'] })
  readonly status!: AccountStatus;

  @ApiProperty({ type: 'integer', format: 'int64', description: MINOR_UNITS })
  readonly balance!: number;

  @ApiProperty({
    type: 'integer',
    format: 'int64',
    minimum: 0,
    description: `How far below 0 the balance may go. ${MINOR_UNITS}`,
  })
  readonly overdraftLimit!: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'How many events the account has had, less one.',
  })
  readonly revision!: number;
}

/** A movement of money, for the description of the routes. */
export class StatementItem {
  @ApiProperty({ enum: ['deposit', 'withdrawal'] })
  readonly type!: string;

  @ApiProperty({ type: 'integer', format: 'int64', minimum: 1, description: MINOR_UNITS })
  readonly amount!: number;

  @ApiProperty({
    type: 'integer',
    format: 'int64',
    description: `After the movement. ${MINOR_UNITS}`,
  })
  readonly balance!: number;

  @ApiProperty({ description: 'Empty when there is none.' })
  readonly reference!: string;

  @ApiProperty({ type: 'integer', minimum: 1 })
  readonly revision!: number;

  @ApiProperty({ format: 'date-time' })
  readonly at!: string;
}

/** A page of a statement, for the description of the routes. */
export class Statement {
  @ApiProperty({ type: [StatementItem], description: 'Oldest first.' })
  readonly items!: readonly StatementItem[];

  @ApiProperty(NEXT)
  readonly next!: string | null;
}

/** A page of accounts, for the description of the routes. */
export class Accounts {
  @ApiProperty({ type: [Account], description: 'By id, ascending.' })
  readonly items!: readonly Account[];

  @ApiProperty(NEXT)
  readonly next!: string | null;
}

/** What moved on a day in a currency, for the description of the routes. */
export class Total {
  @ApiProperty({ format: 'date', description: 'UTC.' })
  readonly day!: string;

  @ApiProperty({ pattern: '^[A-Z]{3}$' })
  readonly currency!: string;

  @ApiProperty({ type: 'integer', format: 'int64', minimum: 0, description: MINOR_UNITS })
  readonly deposited!: number;

  @ApiProperty({ type: 'integer', format: 'int64', minimum: 0, description: MINOR_UNITS })
  readonly withdrawn!: number;
}

/** A page of totals, for the description of the routes. */
export class Totals {
  @ApiProperty({ type: [Total], description: 'By day, then by currency.' })
  readonly items!: readonly Total[];

  @ApiProperty(NEXT)
  readonly next!: string | null;
}

/** Where a body is wrong, for the description of the routes. */
export class FieldProblem {
  @ApiProperty({ description: 'A JSON pointer into the body.' })
  readonly pointer!: string;

  @ApiProperty()
  readonly detail!: string;
}

/** What the bank says no with, for the description of the routes. */
export class Problem {
  @ApiProperty({ enum: Object.keys(PROBLEMS).map((code) => `urn:everfold:bank:${code}`) })
  readonly type!: string;

  @ApiProperty()
  readonly title!: string;

  @ApiProperty({ type: 'integer' })
  readonly status!: number;

  @ApiProperty()
  readonly detail!: string;

  @ApiProperty({ description: 'The path of the request.' })
  readonly instance!: string;

  @ApiProperty({ type: [FieldProblem], required: false })
  readonly errors?: readonly FieldProblem[];
}
