import { isIP } from 'node:net';

const HOST_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9]([\w-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([\w-]{0,61}[A-Za-z0-9])?)*$/;

/** Reads settings one by one, and collects what is wrong instead of stopping at the first. */
export class Settings {
  /** One sentence each, beginning with the variable. */
  readonly problems: string[] = [];

  constructor(private readonly environment: Readonly<Record<string, string | undefined>>) {}

  /** Any text that is not blank. */
  text(name: string, preset: string): string {
    const value = this.environment[name];
    if (value === undefined) return preset;
    if (value.trim() !== '') return value;
    return this.wrong(name, 'is empty: give it a value, or leave it out', preset);
  }

  /** Decimal digits without leading zeros: some read those as octal. */
  integer(name: string, preset: number, { min, max }: { min: number; max: number }): number {
    const value = this.environment[name];
    if (value === undefined) return preset;
    const number = /^(?:0|[1-9]\d{0,15})$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    return this.wrong(
      name,
      `is ${quoted(value)}: write a whole number from ${min} to ${max}`,
      preset,
    );
  }

  /** One of the values that are built; those that are planned are refused by name. */
  choice<T extends string>(
    name: string,
    { built, planned }: { built: readonly T[]; planned: readonly string[] },
    preset: T,
  ): T {
    const value = this.environment[name];
    const found = built.find((each) => each === value);
    if (value === undefined) return preset;
    if (found !== undefined) return found;
    const choices = built.join(' or ');
    if (planned.includes(value))
      return this.wrong(
        name,
        `is ${quoted(value)}, which is not built yet: use ${choices}`,
        preset,
      );
    return this.wrong(name, `is ${quoted(value)}: write ${choices}`, preset);
  }

  /** An IP address or a host name. */
  host(name: string, preset: string): string {
    const value = this.environment[name];
    if (value === undefined) return preset;
    if (isIP(value) > 0 || HOST_NAME.test(value)) return value;
    return this.wrong(name, `is ${quoted(value)}: write an IP address or a host name`, preset);
  }

  /** A URL of one of these schemes; `undefined` when it is not set. */
  url(name: string, schemes: readonly string[]): string | undefined {
    const value = this.environment[name];
    if (value === undefined) return undefined;
    const scheme = /^([a-z+]+):\/\/[^\s/]/.exec(value)?.[1];
    if (scheme !== undefined && schemes.includes(scheme)) return value;
    // The value may hold a password: it is not repeated.
    return this.wrong(name, `is no URL of the form ${schemes.join(':// or ')}://…`, undefined);
  }

  /** Notes what another setting cannot do without, when it is not set. */
  needed(name: string, by: string, example: string): void {
    if (this.environment[name] !== undefined) return;
    this.wrong(name, `is missing: ${by} needs it, as in ${example}`, undefined);
  }

  private wrong<T>(name: string, problem: string, instead: T): T {
    this.problems.push(`${name} ${problem}.`);
    return instead;
  }
}

function quoted(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}
