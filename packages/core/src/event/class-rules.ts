import { classOf } from '../class-of.js';

/** @internal What the class-validator rules of a class say. */
export interface ClassRules {
  /** The properties with `@ValidateNested`. */
  readonly nested: readonly string[];
  /** The first property whose rule answers later; `undefined` when none does. */
  readonly asynchronous: string | undefined;
}

/** As class-validator keeps it. */
interface Rule {
  readonly type: string;
  readonly propertyName: string;
  readonly constraintCls?: object | undefined;
}

interface Constraint {
  readonly async: boolean;
  readonly instance: { readonly validate?: unknown };
}

interface RuleStorage {
  getTargetValidationMetadatas(
    target: object,
    schema: string,
    always: boolean,
    strictGroups: boolean,
  ): readonly Rule[];
  getTargetValidatorConstraints(target: object): readonly Constraint[];
}

/** Where class-validator keeps the rules of all decorated classes, whichever copy of it was loaded first. */
const STORAGE = 'classValidatorMetadataStorage';

const known = new WeakMap<object, ClassRules | null>();

/** @internal The rules of the class of a value; `undefined` when it has none. class-validator is not loaded for it. */
export function rulesOf(value: object): ClassRules | undefined {
  const target = classOf(value);
  if (target === undefined) return undefined;
  const found = known.get(target);
  if (found !== undefined) return found ?? undefined;
  const storage = Reflect.get(globalThis, STORAGE) as RuleStorage | undefined;
  if (storage === undefined) return undefined;
  const rules = storage.getTargetValidationMetadatas(target, '', false, false);
  const summary = rules.length === 0 ? null : summarise(rules, storage);
  known.set(target, summary);
  return summary ?? undefined;
}

function summarise(rules: readonly Rule[], storage: RuleStorage): ClassRules {
  const nested = rules.filter(({ type }) => type === 'nestedValidation');
  const isAsynchronous = ({ constraintCls }: Rule) =>
    constraintCls !== undefined &&
    storage.getTargetValidatorConstraints(constraintCls).some(answersLater);
  return {
    nested: [...new Set(nested.map(({ propertyName }) => propertyName))],
    asynchronous: rules.find(isAsynchronous)?.propertyName,
  };
}

function answersLater({ async, instance }: Constraint): boolean {
  return async || Object.prototype.toString.call(instance.validate) === '[object AsyncFunction]';
}
