import { handlerMethods } from '../aggregate/aggregate-root.js';
import { classNameOf } from '../class-of.js';
import type { ReactorDefinition, ReactorOptions } from './reactor.js';
import { definedBy, reactorOf, withReaction } from './reactor.js';
import type { ReactorContext } from './reactor-context.js';

/**
 * Makes a reactor of an object whose methods are decorated with `@On(Event)`: they are called on it, with the event and a
 * {@link ReactorContext}. A method that a subclass overrides keeps its events.
 *
 * @param name - As of {@link reactor}.
 * @throws TypeError when the name or an option is malformed, no method has `@On`, or two are for one event.
 */
export function classReactor(
  name: string,
  options: ReactorOptions,
  instance: object,
): ReactorDefinition {
  let definition = definedBy(name, options);
  for (const { eventClass, key } of handlerMethods(instance))
    definition = withReaction(definition, eventClass, (event, context) =>
      (Reflect.get(instance, key) as Method).call(instance, event, context),
    );
  if (definition.handlers.size === 0)
    throw new TypeError(
      `${classNameOf(instance) ?? 'An object'}, which is reactor '${name}', has no method with @On(Event).`,
    );
  return reactorOf(definition);
}

type Method = (event: object, context: ReactorContext) => unknown;
