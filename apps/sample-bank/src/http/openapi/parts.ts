import { applyDecorators, type Type } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiHeader,
  ApiParam,
  ApiQuery,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { EXAMPLE_ID, TOKEN } from './examples.js';

/** What any route may be answered with. */
export const ALWAYS = ['internal', 'store-unavailable'] as const;
/** What any read may be answered with. */
export const OF_READS = ['invalid-token', 'read-model-behind', ...ALWAYS] as const;
/** What any route to one account may be answered with. */
export const OF_ONE_ACCOUNT = ['invalid-id', 'account-not-found'] as const;

/** The headers of an answer, by name. */
export type Headers = Readonly<Record<string, ReturnType<typeof text>>>;

interface Answered {
  readonly type: Type<object>;
  readonly value: object;
  readonly headers?: Headers;
}

/** Describes a success. */
export function answered(
  status: number,
  description: string,
  { type, value, headers = {} }: Answered,
): MethodDecorator {
  const schema = { $ref: getSchemaPath(type) };
  return applyDecorators(
    ApiExtraModels(type),
    ApiResponse({
      status,
      description,
      headers,
      content: { 'application/json': { schema, examples: { example: { value } } } },
    }),
  );
}

/** Describes the id in a path. */
export function ApiAccountId(): MethodDecorator {
  return ApiParam({
    name: 'id',
    description: 'A UUID, in any case.',
    schema: { type: 'string', format: 'uuid', example: EXAMPLE_ID },
  });
}

/** Describes what makes a read wait. */
export function ApiToken(): MethodDecorator {
  return optionalHeader('Consistency-Token', 'Of a write that this read must have.', TOKEN);
}

/** Describes a header that a request may have, by values that it may have. */
export function optionalHeader(
  name: string,
  description: string,
  ...values: readonly string[]
): MethodDecorator {
  const schema = { type: 'string' as const };
  return ApiHeader({ name, required: false, description, schema, examples: ifSent(...values) });
}

/** Describes a parameter that a list may be narrowed by, by a value that it may have. */
export function optionalQuery(
  name: string,
  description: string,
  value: string,
  schema: { readonly enum?: string[]; readonly format?: string } = {},
): MethodDecorator {
  return ApiQuery({
    name,
    required: false,
    description,
    schema: { type: 'string', ...schema },
    examples: ifSent(value),
  });
}

/** Describes how a list is looked at page by page. */
export function ApiPaging(cursor: string): MethodDecorator {
  return applyDecorators(
    ApiQuery({
      name: 'limit',
      required: false,
      description: 'The most items of the page.',
      schema: { type: 'integer', minimum: 1, maximum: 100, default: 50, example: 20 },
    }),
    optionalQuery('cursor', 'The `next` of the page before; none for the first page.', cursor),
  );
}

/** The page sends the first example along until another is chosen, also where its value does not fit: so that one has none. */
function ifSent(...values: readonly string[]): Record<string, { summary: string; value?: string }> {
  const sent = values.map((value, i) => [`sent${i + 1}`, { summary: value, value }] as const);
  return { none: { summary: 'Not sent' }, ...Object.fromEntries(sent) };
}

/** A header of an answer. */
export function text(description: string, example: string) {
  return { description, schema: { type: 'string' as const }, example };
}
