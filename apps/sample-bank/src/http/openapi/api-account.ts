import { applyDecorators, type Type } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { AccountView } from '../../accounts/account.js';
import type { ProblemCode } from '../problem.js';
import { entityTag } from '../request-headers.js';
import { Account } from './answers.js';
import { EXAMPLE_ID, OPENED, TOKEN } from './examples.js';
import {
  ALWAYS,
  ApiAccountId,
  ApiToken,
  answered,
  type Headers,
  OF_ONE_ACCOUNT,
  OF_READS,
  optionalHeader,
  text,
} from './parts.js';
import { ApiProblems } from './problem-responses.js';

const OF_WRITES = [
  'malformed-json',
  'validation-failed',
  'body-too-large',
  'unsupported-media-type',
  'key-reused',
  'too-contended',
  ...ALWAYS,
] as const;

const AS_OPENED = { ETag: etag(OPENED) };
const WRITTEN = {
  'Consistency-Token': text('Hand it back with a read that must have this write.', TOKEN),
  'Idempotency-Replayed': text('`true` when this repeats an earlier answer.', 'true'),
};

/** Describes a route that writes to an account, or opens one. */
export interface WriteDescription {
  readonly summary: string;
  readonly body: Type<object>;
  /** By a name each; every one is a body that would be accepted. */
  readonly bodies: Readonly<Record<string, object>>;
  /** Whether a request may come without a body. Default `false`. */
  readonly isBodyOptional?: boolean | undefined;
  /** What the account is after the first of them. */
  readonly after: Partial<AccountView>;
  /** Beyond those of every write. */
  readonly problems: readonly ProblemCode[];
}

/** Describes POST /accounts. */
export function ApiOpening(write: WriteDescription): MethodDecorator {
  const Location = text('Where the account is.', `/accounts/${EXAMPLE_ID}`);
  return described(write, 201, { Location });
}

/**
 * Describes a POST to one account.
 *
 * @param status - Of success.
 */
export function ApiChange(status: number, write: WriteDescription): MethodDecorator {
  const problems = [...OF_ONE_ACCOUNT, ...write.problems, 'stale-revision'] as const;
  return applyDecorators(
    ApiAccountId(),
    optionalHeader(
      'If-Match',
      'One strong tag, or `*`: the write happens at this revision or not at all.',
      '"0"',
      '*',
    ),
    described({ ...write, problems }, status),
  );
}

/** Describes GET of an account. */
export function ApiAccount(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: 'Show an account' }),
    ApiAccountId(),
    optionalHeader(
      'If-None-Match',
      'Tags: answered with 304 when the account is at one of them.',
      '"0"',
      '"0", "1"',
    ),
    ApiToken(),
    answered(200, 'The account.', { type: Account, value: OPENED, headers: AS_OPENED }),
    ApiResponse({
      status: 304,
      description: 'The account is at one of the tags of If-None-Match.',
      headers: AS_OPENED,
    }),
    ApiProblems(...OF_ONE_ACCOUNT, ...OF_READS),
  );
}

function described(
  write: WriteDescription,
  status: number,
  headers: Headers = {},
): MethodDecorator {
  const { summary, body, bodies, isBodyOptional = false, after, problems } = write;
  const value = { ...OPENED, ...after };
  const examples = Object.entries(bodies).map(([name, value]) => [name, { value }] as const);
  return applyDecorators(
    ApiOperation({ summary }),
    optionalHeader(
      'Idempotency-Key',
      'Makes a repeat harmless: 1–255 printable characters.',
      '7c9e6679-7425-40de-944b-e07fc1f90ae7',
    ),
    optionalHeader('X-Actor', 'Who acts; written into the events.', 'teller-7'),
    ApiBody({ type: body, required: !isBodyOptional, examples: Object.fromEntries(examples) }),
    answered(status, 'The account after it.', {
      type: Account,
      value,
      headers: { ETag: etag(value), ...WRITTEN, ...headers },
    }),
    ApiProblems(...problems, ...OF_WRITES),
  );
}

function etag({ revision }: AccountView) {
  return text('The revision of the account, in quotes.', entityTag(revision));
}
