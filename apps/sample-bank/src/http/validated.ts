import { getMetadataStorage, validateSync } from 'class-validator';
import { type FieldProblem, Problem } from './problem.js';

const MOST_REPORTED = 20;

/**
 * A body as an instance of the class that declares its fields, whose initial values are the defaults.
 *
 * Fields are copied one by one, those with rules only, so that no body reaches a prototype (`__proto__`, `constructor`).
 * Every other field is refused, not dropped: it may be a misspelt one.
 *
 * @param body - Parsed JSON; `undefined` when there was none, which counts as `{}`.
 * @throws {@link Problem} `validation-failed`, with a pointer for each broken rule.
 */
export function validated<T extends object>(shape: new () => T, body: unknown): T {
  const given = body === undefined ? {} : body;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new Problem('validation-failed', {
      detail: 'The body must be a JSON object.',
      errors: [{ pointer: '', detail: 'must be an object' }],
    });
  const fields = fieldsOf(shape);
  const instance = new shape();
  for (const field of fields)
    if (Object.hasOwn(given, field)) Reflect.set(instance, field, plain(Reflect.get(given, field)));
  const errors = [...unknownFields(given, fields), ...brokenRules(instance)];
  if (errors.length === 0) return instance;
  throw new Problem('validation-failed', {
    detail: 'The body breaks rules.',
    errors: errors.slice(0, MOST_REPORTED),
  });
}

function unknownFields(given: object, fields: ReadonlySet<string>): FieldProblem[] {
  return Object.keys(given)
    .filter((field) => !fields.has(field))
    .map((field) => ({ pointer: pointerTo(field), detail: 'is not a field of this request' }));
}

function brokenRules(instance: object): FieldProblem[] {
  return validateSync(instance).map(({ property, constraints }) => ({
    pointer: pointerTo(property),
    detail: Object.values(constraints ?? {}).join(', '),
  }));
}

function fieldsOf(shape: new () => object): ReadonlySet<string> {
  const rules = getMetadataStorage().getTargetValidationMetadatas(shape, '', false, false);
  return new Set(rules.map(({ propertyName }) => propertyName));
}

/** JSON has a −0 that no event may hold; it is 0. */
function plain(value: unknown): unknown {
  return value === 0 ? 0 : value;
}

function pointerTo(field: string): string {
  return `/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
