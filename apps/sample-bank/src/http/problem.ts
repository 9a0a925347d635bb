/** A broken rule, and where: a JSON pointer (RFC 6901) into the body. */
export interface FieldProblem {
  readonly pointer: string;
  readonly detail: string;
}

interface Kind {
  readonly status: number;
  readonly title: string;
}

/** How long who is answered with 503 is asked to wait. */
export const RETRY_AFTER_SECONDS = 1;

/** Everything that the bank says no with: the code in the problem's type, its status and its title. */
export const PROBLEMS = {
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'validation-failed': { status: 400, title: 'The request breaks a rule' },
  'invalid-id': { status: 400, title: 'The id is not a UUID' },
  'invalid-token': { status: 400, title: 'The consistency token is not one of this bank' },
  'invalid-cursor': { status: 400, title: 'The cursor is not one of this list' },
  'account-not-found': { status: 404, title: 'There is no such account' },
  'no-route': { status: 404, title: 'There is nothing at this address' },
  'account-frozen': { status: 409, title: 'The account is frozen' },
  'account-closed': { status: 409, title: 'The account is closed' },
  'balance-not-zero': { status: 409, title: 'There is money in the account, or missing' },
  'stale-revision': { status: 412, title: 'The account has changed' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is of a kind that is not understood' },
  'insufficient-funds': { status: 422, title: 'The account does not hold enough' },
  'balance-limit': { status: 422, title: 'The balance would become too large' },
  'key-reused': { status: 422, title: 'The idempotency key was used for something else' },
  internal: { status: 500, title: 'Something went wrong' },
  'read-model-behind': { status: 503, title: 'What was asked for is not there yet' },
  'too-contended': { status: 503, title: 'Too many write to this account at once' },
  'store-unavailable': { status: 503, title: 'The store cannot be used now' },
} as const satisfies Record<string, Kind>;

/** What stands behind `urn:everfold:bank:` in a problem's type; stable. */
export type ProblemCode = keyof typeof PROBLEMS;

/** Whether the bank has a problem of this code. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}

/** What a {@link Problem} says beyond its code. */
export interface ProblemOptions extends ErrorOptions {
  /** For a reader of the answer: nothing of the bank's inside. */
  readonly detail: string;
  /** Where the body is wrong. */
  readonly errors?: readonly FieldProblem[] | undefined;
}

/** A request that cannot be done, as it will be answered. */
export class Problem extends Error {
  readonly errors: readonly FieldProblem[];

  constructor(
    readonly problemCode: ProblemCode,
    options: ProblemOptions,
  ) {
    super(options.detail, options);
    this.name = 'Problem';
    this.errors = options.errors ?? [];
  }

  get status(): number {
    return PROBLEMS[this.problemCode].status;
  }

  /**
   * The answer's body (RFC 9457).
   *
   * @param instance - The path of the request.
   */
  toBody(instance: string): object {
    const { status, title } = PROBLEMS[this.problemCode];
    const type = `urn:everfold:bank:${this.problemCode}`;
    const body = { type, title, status, detail: this.message, instance };
    return this.errors.length === 0 ? body : { ...body, errors: this.errors };
  }
}
