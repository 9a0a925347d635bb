import { createRequire } from 'node:module';
import type { ValidationError, ValidatorOptions } from 'class-validator';
import { rulesOf } from './class-rules.js';
import type { ValidationProblem } from './errors.js';
import { EventInvalidError } from './errors.js';

type ClassValidator = typeof import('class-validator');

const OPTIONS: ValidatorOptions = { whitelist: false, forbidNonWhitelisted: false };

let library: ClassValidator | undefined;

/**
 * @internal Checks a raised event against the class-validator rules of its class; one without rules passes.
 *
 * @throws {@link EventInvalidError}
 * @throws TypeError when a rule answers later: an event is raised at once.
 */
export function assertEventValid(event: object, type: string): void {
  const validator = validatorOf(event);
  if (validator === undefined) return;
  const errors = validator.validateSync(asItsClass(event), OPTIONS);
  if (errors.length > 0) throw new EventInvalidError(type, problemsOf(errors));
  assertSynchronous(event, type, '');
}

/** class-validator passes over such rules where it cannot wait. */
function assertSynchronous(value: object, type: string, parent: string): void {
  const { asynchronous, nested = [] } = rulesOf(value) ?? {};
  if (asynchronous !== undefined)
    throw new TypeError(
      `Event '${type}': a rule of ${parent}${asynchronous} is asynchronous, but events are raised at once. Ask it in the change, before ` +
        'the event is raised, or put it on the command, whose rules are awaited. The event was not applied.',
    );
  for (const key of nested) {
    const field: unknown = Reflect.get(value, key);
    const members: readonly unknown[] = Array.isArray(field)
      ? field.flat(Number.POSITIVE_INFINITY)
      : [field];
    for (const member of members)
      if (typeof member === 'object' && member !== null)
        assertSynchronous(member, type, `${parent}${key}.`);
  }
}

/** @internal What a message breaks of the rules of its class; empty when it is valid or has none. */
export async function findProblems(message: object): Promise<readonly ValidationProblem[]> {
  const validator = validatorOf(message);
  return validator === undefined
    ? []
    : problemsOf(await validator.validate(asItsClass(message), OPTIONS));
}

/** class-validator, when the class of `message` has rules: without a single rule it is never loaded. */
function validatorOf(message: object): ClassValidator | undefined {
  return rulesOf(message) === undefined ? undefined : load();
}

/** class-validator finds the rules by `message.constructor`: a field of that name is taken out of its sight. */
function asItsClass(message: object): object {
  if (!Object.hasOwn(message, 'constructor')) return message;
  const { constructor: _, ...fields } = message;
  return { __proto__: Reflect.getPrototypeOf(message), ...fields } as object;
}

function load(): ClassValidator {
  library ??= createRequire(import.meta.url)('class-validator') as ClassValidator;
  return library;
}

function problemsOf(errors: readonly ValidationError[], parent = ''): readonly ValidationProblem[] {
  return errors.flatMap(({ property, constraints, children }) => {
    const path = `${parent}${property ?? ''}`;
    const own = constraints === undefined ? [] : [{ path, messages: Object.values(constraints) }];
    return [...own, ...problemsOf(children ?? [], `${path}.`)];
  });
}
