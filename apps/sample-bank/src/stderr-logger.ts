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
    const parts = [message, ...details].map((part) =>
      part instanceof Error ? (part.stack ?? part.message) : String(part),
    );
    process.stderr.write(`${new Date().toISOString()} ${level} ${parts.join(' ')}\n`);
  }
}
