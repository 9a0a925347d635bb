/** How the command ends. Documented in docs/cli.md; scripts rely on it. */
export const EXIT = {
  ok: 0,
  /** Something went wrong that none of the others names. */
  failed: 1,
  /** The command line or the configuration is wrong; nothing was done. */
  usage: 2,
  /** `verify` found differences or damage. */
  different: 3,
  /** A store cannot be reached or opened now. */
  unavailable: 4,
  /** The command was understood and is not allowed as things stand. */
  refused: 5,
  /** Ended by Ctrl-C (128 + SIGINT). The same command goes on where it stopped. */
  interrupted: 130,
  /** Ended by SIGTERM (128 + SIGTERM). */
  terminated: 143,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
