/** What was logged, by level. */
export class Log {
  readonly lines: string[] = [];
  readonly #add = (level: string) => (message: unknown) => {
    this.lines.push(`${level}: ${String(message)}`);
  };
  log = this.#add('log');
  warn = this.#add('warn');
  error = this.#add('error');
}
