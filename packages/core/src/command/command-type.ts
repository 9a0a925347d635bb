import { classNameOf, classOf } from '../class-of.js';
import { processWide } from '../process-wide.js';

/** Any class whose instances are commands. */
export type CommandClass<C extends object = object> = abstract new (...args: never[]) => C;

/** The fields of a command, for a constructor that takes them all: everything that is no method. */
export type Props<C> = {
  readonly [K in keyof C as K extends string
    ? C[K] extends (...args: never[]) => unknown
      ? never
      : K
    : never]: C[K];
};

const TYPE = Symbol.for('everfold.command-type');

/**
 * Gives a command class the name under which its commands are stored and compared.
 *
 * @param type - Unique in the application; written out and never derived from the class name, which a minifier may change.
 * @throws TypeError when it is empty, not well-formed, or longer than 500 characters.
 */
export function CommandType(type: string): ClassDecorator {
  if (typeof type !== 'string' || type === '' || type.length > 500 || !type.isWellFormed())
    throw new TypeError('A command type must be well-formed Unicode of 1 to 500 characters.');
  return (target) => {
    Object.defineProperty(target, TYPE, { value: type });
    const named = classes().get(type);
    if (named === undefined) classes().set(type, [target as unknown as CommandClass]);
    else named.push(target as unknown as CommandClass);
  };
}

/**
 * The stored type name of a command or of a command class.
 *
 * @throws TypeError when its class has no `@CommandType`.
 */
export function commandTypeOf(command: object): string {
  const type = declaredTypeOf(command);
  if (type !== undefined) return type;
  const name = typeof command === 'function' ? command.name : classNameOf(command);
  throw new TypeError(
    `${name || 'A value'} is no command: decorate its class with @CommandType('…').`,
  );
}

/** @internal {@link commandTypeOf}, or `undefined` where there is none. */
export function declaredTypeOf(command: object): string | undefined {
  const commandClass = typeof command === 'function' ? command : classOf(command);
  if (commandClass === undefined) return undefined;
  return Reflect.get(commandClass, TYPE) as string | undefined;
}

/**
 * The class that is registered for a stored command type.
 *
 * @throws TypeError when there is none, or more than one.
 */
export function commandClassOf(type: string): CommandClass {
  const [first, ...others] = classes().get(type) ?? [];
  if (first === undefined)
    throw new TypeError(
      `No class is known for the command type '${type}': load the module with its @CommandType.`,
    );
  if (others.length > 0)
    throw new TypeError(
      `${others.length + 1} classes claim the command type '${type}': give each its own.`,
    );
  return first;
}

function classes(): Map<string, CommandClass[]> {
  return processWide('command-classes', () => new Map<string, CommandClass[]>());
}
