import type { LoggerService } from '@nestjs/common';

/** Writes what goes wrong to standard error, and nothing else: standard output belongs to the bank's own lines. */
export class StderrLogger implements LoggerService {
  log(): void {}

  warn(message: unknown, ...details: unknown[]): void {
    this.write('warning', message, details);
  }

  error(message: unknown, ...details: unknown[]): void {
    this.write('error', message, details);
  }

  fatal(message: unknown, ...details: unknown[]): void {
    this.write('fatal', message, details);
  }

  private write(level: string, message: unknown, details: readonly unknown[]): void {
    const told = details.filter((detail) => detail !== undefined);
    const source = isName(told.at(-1)) ? `${told.pop()}: ` : '';
    const parts = [message, ...told].map((part) =>
      part instanceof Error ? (part.stack ?? part.message) : String(part),
    );
    process.stderr.write(`${new Date().toISOString()} ${level} ${source}${parts.join(' ')}\n`);
  }
}

/** Nest names who logs behind all other details. */
function isName(detail: unknown): boolean {
  return typeof detail === 'string' && /^\w+$/.test(detail);
}
