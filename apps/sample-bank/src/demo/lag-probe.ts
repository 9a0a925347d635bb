import { setTimeout as pause } from 'node:timers/promises';
import { type BankClient, codeOf, type ShownAccount } from './bank-client.js';
import type { Measurements } from './measurements.js';

/** How many changes are watched at the same time: more would measure the watching. */
const MOST_WATCHED = 4;
const LOOK_AGAIN_MS = 2;
/** After so long a change counts as an error. */
const PATIENCE_MS = 10_000;

/** A change, and whose account it was made on. */
interface Change extends ShownAccount {
  readonly owner: string;
}

/** Measures how long after its answer a change is seen in GET /accounts, with its token and without. */
export class LagProbe {
  readonly #watched = new Set<Promise<void>>();

  constructor(
    private readonly bank: BankClient,
    private readonly seen: Measurements,
  ) {}

  /** Watches a change that was just answered, unless others are watched already. */
  notice(change: Change, token: string): void {
    if (this.#watched.size >= MOST_WATCHED) return;
    const watching = Promise.all([this.withToken(change, token), this.withoutToken(change)])
      .catch((error: unknown) => this.seen.fail(messageOf(error)))
      .then(() => {
        this.#watched.delete(watching);
      });
    this.#watched.add(watching);
  }

  /** Resolves when everything that is watched was seen. */
  async settled(): Promise<void> {
    await Promise.all(this.#watched);
  }

  private async withToken(change: Change, token: string): Promise<void> {
    const began = performance.now();
    const isShown = await this.shows(change, token);
    if (isShown === undefined) return;
    if (isShown) this.seen.withToken.add(performance.now() - began);
    else this.seen.stale += 1;
  }

  private async withoutToken(change: Change): Promise<void> {
    const began = performance.now();
    while (!(await this.shows(change))) {
      if (performance.now() - began > PATIENCE_MS)
        throw new Error(`a change was not visible within ${PATIENCE_MS / 1_000} s`);
      await pause(LOOK_AGAIN_MS);
    }
    this.seen.withoutToken.add(performance.now() - began);
  }

  /** Whether the list has the change, or what came after it; `undefined` when it was not answered. */
  private async shows(
    { id, owner, revision }: Change,
    token?: string,
  ): Promise<boolean | undefined> {
    const answer = await this.bank.get(`/accounts?owner=${encodeURIComponent(owner)}`, token);
    if (answer.status !== 200) {
      this.seen.fail(codeOf(answer));
      return undefined;
    }
    this.seen.reads += 1;
    const { items } = answer.body as { readonly items: readonly ShownAccount[] };
    return items.some((account) => account.id === id && account.revision >= revision);
  }
}

/** What fetch says is in the cause of what it throws. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
