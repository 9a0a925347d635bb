import type { Json } from '../event/json.js';

const DOMAIN_ERROR = Symbol.for('everfold.domain-error');

/** Options of {@link DomainError}. */
export interface DomainErrorOptions extends ErrorOptions {
  /** What a caller needs to act on the refusal; JSON. */
  readonly details?: Json | undefined;
}

/**
 * A refusal: the domain's no. Never retried; 4xx over HTTP; `onRejected` in a process. Everything else that is thrown is a
 * failure. `instanceof DomainError` works across copies of the package.
 */
export abstract class DomainError extends Error {
  /** Tells the refusals of a domain apart; stored with the outcome of process commands. */
  abstract readonly code: string;
  /** What a caller needs to act on the refusal; JSON. */
  readonly details?: Json | undefined;

  constructor(message?: string, options?: DomainErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    if (options?.details !== undefined) this.details = options.details;
    Object.defineProperty(this, DOMAIN_ERROR, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== DomainError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && DOMAIN_ERROR in value;
  }
}
