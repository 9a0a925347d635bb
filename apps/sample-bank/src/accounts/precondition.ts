const revisions = new WeakMap<object, number>();

/**
 * Lets a command be done only while its account is at a revision, and not be decided anew when somebody else was faster. It is
 * no part of what the command says: under an idempotency key, a repeat under another condition is the same command.
 *
 * @param revision - `undefined`: at any.
 * @returns The command.
 */
export function onlyAt<C extends object>(revision: number | undefined, command: C): C {
  if (revision !== undefined) revisions.set(command, revision);
  return command;
}

/** The revision that a command is for; `undefined`: any. */
export function expectedBy(command: object): number | undefined {
  return revisions.get(command);
}
