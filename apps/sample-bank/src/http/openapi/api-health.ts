import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import { ApiProblems } from './problem-responses.js';

const CONSUMERS = ['account-summaries', 'statement-entries', 'daily-totals'].map((name) => ({
  name,
  state: 'running',
  lagMs: 0,
  stopped: 0,
  parked: 0,
}));
const UP = { everfold: { status: 'up', consumers: CONSUMERS } };

/** Describes GET /health/live. */
export function ApiLive(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: 'Tell whether the bank runs' }),
    healthy('It runs.', { status: 'ok' }),
    ApiProblems('internal'),
  );
}

/** Describes GET /health/ready. */
export function ApiReady(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: 'Tell whether the bank can do its work' }),
    healthy('It can.', { status: 'ok', info: UP, error: {}, details: UP }),
    ApiProblems('internal', 'store-unavailable'),
  );
}

function healthy(description: string, value: object): MethodDecorator {
  const schema = {
    type: 'object' as const,
    properties: { status: { type: 'string' as const, enum: ['ok'] } },
    required: ['status'],
  };
  return ApiResponse({
    status: 200,
    description,
    content: { 'application/json': { schema, examples: { example: { value } } } },
  });
}
