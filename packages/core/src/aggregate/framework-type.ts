const PREFIX = 'everfold.';

/** @internal The mark of a command that raised nothing: a repeat finds it. */
export const COMMAND_SETTLED = 'everfold.command-settled';

/** @internal Whether a type is the framework's own: it counts as a revision and reaches no user fold. */
export function isFrameworkType(type: string): boolean {
  return type.startsWith(PREFIX);
}
