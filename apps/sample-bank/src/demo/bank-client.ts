/** What the bank answered. */
export interface BankAnswer {
  readonly status: number;
  /** Parsed JSON. */
  readonly body: unknown;
  /** Of a write: what a read hands back that must have it. */
  readonly token: string | undefined;
}

/** An account, as far as the demo looks at it. */
export interface ShownAccount {
  readonly id: string;
  readonly status: string;
  readonly balance: number;
  readonly revision: number;
}

/** How long an answer may take, ms. */
const PATIENCE_MS = 10_000;

/** The bank's HTTP interface, as any client sees it. */
export class BankClient {
  /** @param url - Without a trailing slash. */
  constructor(private readonly url: string) {}

  /** Sends a change under a key, so that it might be repeated. @throws What fetch says when nobody answers. */
  post(path: string, body: object, key: string): Promise<BankAnswer> {
    return this.send('POST', path, {
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
      body: JSON.stringify(body),
    });
  }

  /**
   * Reads.
   *
   * @param token - Of a write that the answer must have. Default: it may be behind.
   * @throws What fetch says when nobody answers.
   */
  get(path: string, token?: string | undefined): Promise<BankAnswer> {
    return this.send('GET', path, {
      headers: token === undefined ? {} : { 'Consistency-Token': token },
    });
  }

  private async send(method: string, path: string, init: RequestInit): Promise<BankAnswer> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(`${this.url}${path}`, { ...init, method, signal });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? undefined : JSON.parse(text),
      token: response.headers.get('consistency-token') ?? undefined,
    };
  }
}

/** What stands behind `urn:everfold:bank:` in a problem's type. */
export function codeOf({ status, body }: BankAnswer): string {
  const { type } = (body ?? {}) as { readonly type?: unknown };
  return typeof type === 'string' ? type.replace('urn:everfold:bank:', '') : `status ${status}`;
}
