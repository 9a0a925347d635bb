import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import {
  PROBLEMS,
  type ProblemCode,
  RETRY_AFTER_SECONDS,
  Problem as ThrownProblem,
} from '../problem.js';
import { Problem } from './answers.js';
import { EXAMPLE_ID } from './examples.js';

const RETRY_AFTER = {
  'Retry-After': {
    description: 'Come again after so many seconds, with the same Idempotency-Key.',
    schema: { type: 'integer' as const },
    example: RETRY_AFTER_SECONDS,
  },
};

/** Describes the problems that a route may be answered with, by their status. */
export function ApiProblems(...codes: readonly ProblemCode[]): MethodDecorator {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))];
  return applyDecorators(
    ApiExtraModels(Problem),
    ...statuses.map((status) =>
      responseOf(
        status,
        codes.filter((code) => PROBLEMS[code].status === status),
      ),
    ),
  );
}

function responseOf(status: number, codes: readonly ProblemCode[]): MethodDecorator {
  const schema = { $ref: getSchemaPath(Problem) };
  const examples = Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }]));
  return ApiResponse({
    status,
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
    ...(status === 503 ? { headers: RETRY_AFTER } : {}),
    content: { 'application/problem+json': { schema, examples } },
  });
}

function exampleOf(code: ProblemCode): object {
  const errors =
    code === 'validation-failed' ? [{ pointer: '/amount', detail: 'must be at least 1' }] : [];
  const { title } = PROBLEMS[code];
  return new ThrownProblem(code, { detail: `${title}.`, errors }).toBody(`/accounts/${EXAMPLE_ID}`);
}
