import { createRequire } from 'node:module';
import type { ValidationError, ValidatorOptions } from 'class-validator';
import { classOf } from '../class-of.js';
import type { ValidationProblem } from './errors.js';
import { EventInvalidError } from './errors.js';

type ClassValidator = typeof import('class-validator');

interface Rules {
  getTargetValidationMetadatas(
    target: object,
    schema: string,
    always: boolean,
    strictGroups: boolean,
  ): readonly unknown[];
}

/** Where class-validator keeps the rules of all decorated classes, whichever copy of it was loaded first. */
const STORAGE = 'classValidatorMetadataStorage';
const OPTIONS: ValidatorOptions = { whitelist: false, forbidNonWhitelisted: false };

const decorated = new WeakMap<object, boolean>();
let library: ClassValidator | undefined;

/**
 * @internal Checks a raised event against the class-validator rules of its class; one without rules passes.
 *
 * @throws {@link EventInvalidError}
 */
export function assertEventValid(event: object, type: string): void {
  const validator = validatorOf(event);
  if (validator === undefined) return;
  const errors = validator.validateSync(asItsClass(event), OPTIONS);
  if (errors.length > 0) throw new EventInvalidError(type, problemsOf(errors));
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
  const target = classOf(message);
  if (target === undefined) return undefined;
  let isDecorated = decorated.get(target);
  if (isDecorated === undefined) {
    const rules = Reflect.get(globalThis, STORAGE) as Rules | undefined;
    if (rules === undefined) return undefined;
    isDecorated = rules.getTargetValidationMetadatas(target, '', false, false).length > 0;
    decorated.set(target, isDecorated);
  }
  return isDecorated ? load() : undefined;
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
