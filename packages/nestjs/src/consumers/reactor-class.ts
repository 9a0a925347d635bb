import { classReactor, type ReactorDefinition, type ReactorOptions } from '@everfold/core';

/** @internal A class with `@Reactor`. */
export type AnyReactorClass = new (...args: never[]) => object;

/** @internal What `@Reactor` said of a class. */
export interface ReactorClass {
  readonly name: string;
  readonly options: ReactorOptions;
}

const REACTOR = Symbol.for('everfold.nestjs.reactor');

/**
 * Makes a class a reactor: its methods with `@On(Event)` are called for each event, at least once, with the event and a
 * `ReactorContext`, whose `key` is the same for each repeat. The class is a provider like any other, with injection and one
 * instance; `EverfoldModule.forFeature([WelcomeMail])` has it run.
 *
 * @param name - A letter, then letters, digits, `_`, `.` or `-`. How far it has come is stored under it.
 */
export function Reactor(name: string, options: ReactorOptions = {}): ClassDecorator {
  const value: ReactorClass = { name, options };
  return (target) => {
    Object.defineProperty(target, REACTOR, { value });
  };
}

/** @internal What `@Reactor` said; `undefined` when it said nothing. */
export function reactorClassOf(value: unknown): ReactorClass | undefined {
  if (typeof value !== 'function' || !Object.hasOwn(value, REACTOR)) return undefined;
  return Reflect.get(value, REACTOR) as ReactorClass;
}

/**
 * @internal The reactor that an instance of a class is.
 *
 * @throws TypeError when the name or an option is malformed, or no method has `@On`.
 */
export function reactorOf(reactorClass: AnyReactorClass, instance: object): ReactorDefinition {
  const { name, options } = reactorClassOf(reactorClass) ?? { name: '', options: {} };
  return classReactor(name, options, asInstanceOf(reactorClass, instance));
}

/** What a test has put in place of a reactor has its methods, and not their decorators. */
function asInstanceOf(reactorClass: AnyReactorClass, instance: object): object {
  if (instance instanceof reactorClass) return instance;
  return new Proxy(instance, { getPrototypeOf: () => reactorClass.prototype as object });
}
