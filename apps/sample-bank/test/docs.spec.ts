import { readToken } from '@everfold/core';
import { PROBLEMS } from '../src/http/problem.js';
import { codeOf } from './support/problems.js';
import { startTestBank, type TestBank } from './support/test-bank.js';

const WRITE = ['Idempotency-Key', 'X-Actor'];
const CHANGE = ['Idempotency-Key', 'If-Match', 'X-Actor', 'id'];

/** The contract: each route, its success, and its parameters. */
const ROUTES: readonly (readonly [string, string, number, readonly string[]])[] = [
  ['post', '/accounts', 201, WRITE],
  ['get', '/accounts', 200, ['Consistency-Token', 'cursor', 'limit', 'owner', 'status']],
  ['get', '/accounts/{id}', 200, ['Consistency-Token', 'If-None-Match', 'id']],
  ['post', '/accounts/{id}/deposits', 201, CHANGE],
  ['post', '/accounts/{id}/withdrawals', 201, CHANGE],
  ['post', '/accounts/{id}/freeze', 200, CHANGE],
  ['post', '/accounts/{id}/unfreeze', 200, CHANGE],
  ['post', '/accounts/{id}/close', 200, CHANGE],
  ['get', '/accounts/{id}/statement', 200, ['Consistency-Token', 'cursor', 'id', 'limit']],
  ['get', '/totals', 200, ['Consistency-Token', 'cursor', 'from', 'limit', 'to']],
  ['get', '/health/live', 200, []],
  ['get', '/health/ready', 200, []],
];

interface Content {
  readonly schema: { readonly $ref: string };
  readonly examples: Record<string, { readonly value: Record<string, unknown> }>;
}
interface Schema {
  readonly type: string;
  readonly default?: unknown;
  readonly example?: unknown;
}
interface Described {
  readonly description: string;
  readonly content?: Record<string, Content>;
  readonly headers?: Record<string, { readonly example: unknown; readonly schema: Schema }>;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Record<string, { readonly value?: unknown }>;
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, Content> };
  readonly responses: Record<string, Described>;
}

describe('the description of the routes', () => {
  let bank: TestBank;
  let document: {
    openapi: string;
    info: object;
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, { properties: object; required?: string[] }> };
  };
  let operations: readonly Operation[];
  beforeAll(async () => {
    bank = await startTestBank();
    ({ body: document } = await bank.send('GET', '/docs-json'));
    operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  });
  afterAll(() => bank.stop());

  const operation = (method: string, path: string): Operation =>
    document.paths[path]?.[method] ?? { operationId: '', summary: '', responses: {} };
  const examplesOf = (described: Partial<Described> = {}, type = 'application/json') =>
    Object.values(described.content?.[type]?.examples ?? {}).map(({ value }) => value);

  it('is OpenAPI 3, of every route of the contract and no other', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );

    expect(document.openapi).toMatch(/^3\.\d+\.\d+$/);
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
    expect(described.sort()).toEqual(ROUTES.map(([method, path]) => `${method} ${path}`).sort());
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(ROUTES.length);
  });

  it.each(ROUTES)('of %s %s tells summary, %d, and parameters', (method, path, status, names) => {
    const { summary, parameters = [], responses } = operation(method, path);

    expect(summary).toMatch(/\S/);
    expect(parameters.map(({ name }) => name).sort()).toEqual(names);
    for (const { name, in: place, required, schema } of parameters) {
      const isOfPath = path.includes(`{${name}}`);
      expect({ name, place: place === 'path', required }).toEqual({
        name,
        place: isOfPath,
        required: isOfPath,
      });
      expect(schema).toMatchObject({ type: expect.any(String) });
    }
    const successes = Object.keys(responses).filter((code) => code.startsWith('2'));
    expect(successes).toEqual([String(status)]);
    expect(Object.values(responses).every(({ description }) => description !== '')).toBe(true);
  });

  it.each(ROUTES)('of %s %s has examples of bodies and answers', (method, path) => {
    const { requestBody, responses } = operation(method, path);
    const described: Partial<Described>[] = [requestBody ?? {}, ...Object.values(responses)];
    const contents = described.flatMap(({ content = {} }) => Object.values(content));

    expect(contents.length).toBeGreaterThan(1);
    expect(requestBody === undefined).toBe(method === 'get');
    for (const { examples } of contents) expect(Object.keys(examples).length).toBeGreaterThan(0);
  });

  it.each(ROUTES)('of %s %s has examples of parameters that it accepts', async (method, path) => {
    const { parameters = [], requestBody } = operation(method, path);
    const [json] = examplesOf(requestBody);
    const [id] = parameters.filter(({ name }) => name === 'id').flatMap(valuesOf);
    const target = path.replace('{id}', String(id));

    const sent = parameters.flatMap((parameter) =>
      valuesOf(parameter).map((value) => ({ ...parameter, value: String(value) })),
    );
    const outcomes = [];
    for (const { name, in: place, value } of sent) {
      const query = place === 'query' ? `?${name}=${value}` : '';
      const headers = place === 'header' ? { [name]: value } : {};
      const answer = await bank.send(method, `${target}${query}`, { json, headers });
      outcomes.push(codeOf(answer).replace(/^(no problem: 20[01]) .*/, '$1'));
    }

    expect(new Set(sent.map(({ name }) => name)).size).toBe(parameters.length);
    expect(outcomes).toEqual(sent.map(({ name }) => outcomeOf(method, path, name)));
  });

  it('has tokens like the real ones', async () => {
    const { headers } = await bank.send('POST', await bank.open().then((to) => `${to}/freeze`));
    const tokens = operations
      .flatMap(({ parameters = [] }) => parameters)
      .filter(({ name }) => name === 'Consistency-Token')
      .flatMap(valuesOf);

    const real = readToken(String(headers['consistency-token']));
    expect(tokens).toHaveLength(4);
    for (const token of tokens)
      expect(readToken(String(token)).position).toHaveLength(real.position.length);
  });

  it('has no example that the page sends unasked where it may not fit', () => {
    const optional = operations
      .flatMap(({ parameters = [] }) => parameters)
      .filter(({ required, name }) => !required && name !== 'limit');

    expect(optional.length).toBeGreaterThan(10);
    for (const { example, schema, examples = {} } of optional) {
      const [first] = Object.values(examples);
      expect([example, schema.example, schema.default]).toEqual([undefined, undefined, undefined]);
      expect(first).toEqual({ summary: 'Not sent' });
    }
  });

  it('has an example of every header of an answer', () => {
    const headers = operations
      .flatMap(({ responses }) => Object.values(responses))
      .flatMap((response) => Object.values(response.headers ?? {}));

    expect(headers.length).toBeGreaterThan(20);
    for (const { example, schema } of headers)
      expect(schema.type).toBe(typeof example === 'number' ? 'integer' : typeof example);
  });

  it('points at nothing that is not there', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(
      ([, reference]) => reference,
    );

    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) {
      const name = /^#\/components\/schemas\/(\w+)$/.exec(reference ?? '')?.[1] ?? '';
      expect(document.components.schemas).toHaveProperty(name);
    }
  });

  it('tells every problem at its status', () => {
    const told = new Set<string>();
    for (const { responses } of operations)
      for (const [status, response] of Object.entries(responses))
        for (const problem of examplesOf(response, 'application/problem+json')) {
          const code = String(problem['type']).replace('urn:everfold:bank:', '');
          expect(problem).toMatchObject({ status: Number(status) });
          expect(problem).toMatchObject(PROBLEMS[code as keyof typeof PROBLEMS]);
          told.add(code);
        }

    // What reaches no route belongs to none.
    expect(told.add('no-route')).toEqual(new Set(Object.keys(PROBLEMS)));
    const busy = operations.flatMap(({ responses }) => responses[503] ?? []);
    expect(busy).toHaveLength(ROUTES.length - 1);
    for (const { headers } of busy) expect(headers).toHaveProperty('Retry-After');
  });

  it.each(ROUTES.filter(([method]) => method === 'post'))(
    'of %s %s has bodies that are accepted, and answers like the real ones',
    async (_, path, status) => {
      const { requestBody, responses } = operation('post', path);
      const [example = {}] = examplesOf(responses[status]);

      const headers = Object.keys(responses[status]?.headers ?? {})
        .filter((header) => header !== 'Idempotency-Replayed')
        .map((header) => header.toLowerCase());

      const answers = [];
      for (const json of examplesOf(requestBody)) {
        const account = await bank.open({ owner: 'Ada Lovelace', overdraftLimit: 50_000 });
        if (path.endsWith('/unfreeze')) await bank.send('POST', `${account}/freeze`);
        answers.push(await bank.send('POST', path.replace('/accounts/{id}', account), { json }));
      }

      expect(answers.length).toBeGreaterThan(1);
      for (const answer of answers) {
        expect(answer.status).toBe(status);
        expect(Object.keys(answer.headers)).toEqual(expect.arrayContaining(headers));
        expect(Object.keys(answer.body)).toEqual(Object.keys(example));
      }
      const { id } = answers[0]?.body ?? {};
      expect(answers[0]?.body).toEqual({ ...example, id });
      expect(answers[0]?.headers.etag).toBe(responses[status]?.headers?.['ETag']?.example);
    },
  );

  it('has pages of a statement like the real ones', async () => {
    const account = await bank.open();
    for (const amount of [2_500, 1])
      await bank.send('POST', `${account}/deposits`, {
        json: { amount, reference: 'pocket money' },
      });
    const { responses } = operation('get', '/accounts/{id}/statement');
    const [example = {}] = examplesOf(responses[200]);

    const { body } = await bank.send('GET', `${account}/statement?limit=1`);

    const [item] = body.items;
    expect({ items: [{ ...item, at: '' }], length: body.next.length }).toEqual({
      items: [{ ...([example['items']].flat()[0] as object), at: '' }],
      length: String(example['next']).length,
    });
  });

  it.each(['/accounts', '/totals'])('has pages of %s like the real ones', async (path) => {
    const account = await bank.open({ owner: 'Ada Lovelace', overdraftLimit: 50_000 });
    const { headers } = await bank.send('POST', `${account}/deposits`, { json: { amount: 2_500 } });
    const [example = {}] = examplesOf(operation('get', path).responses[200]);

    const { body } = await bank.send('GET', `${path}?limit=100`, {
      headers: { 'Consistency-Token': headers['consistency-token'] },
    });

    const [item = {}] = [example['items']].flat() as object[];
    expect(Object.keys(body)).toEqual(Object.keys(example));
    for (const each of body.items) expect(Object.keys(each)).toEqual(Object.keys(item));
  });

  it('says of bodies which fields there are, and that there are no others', () => {
    const { OpenAccountBody, MoneyBody, ReasonBody } = document.components.schemas;

    expect(OpenAccountBody).toMatchObject({
      required: ['owner', 'currency'],
      additionalProperties: false,
      properties: { overdraftLimit: { minimum: 0, maximum: 1e12, default: 0 } },
    });
    expect(MoneyBody).toMatchObject({
      required: ['amount'],
      additionalProperties: false,
      properties: { amount: { minimum: 1, maximum: 1e12 }, reference: { maxLength: 140 } },
    });
    expect(ReasonBody).toMatchObject({
      additionalProperties: false,
      properties: { reason: { maxLength: 140 } },
    });
    expect(ReasonBody).not.toHaveProperty('required');
  });
});

/** The values among the examples of a parameter. */
function valuesOf({ schema, examples = {} }: Parameter): readonly unknown[] {
  const values = [schema.example, ...Object.values(examples).map(({ value }) => value)];
  return values.filter((value) => value !== undefined);
}

/** Of an example alone: what is wrong with a parameter is told before that there is no such account. */
function outcomeOf(method: string, path: string, name: string): string {
  if (name === 'Consistency-Token') return 'invalid-token';
  if (path.includes('{id}')) return 'account-not-found';
  return method === 'get' ? 'no problem: 200' : 'no problem: 201';
}
