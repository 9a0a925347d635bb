import { embedded } from '@everfold/embedded';

/** One event of an account, with the balance that follows from all events up to it. */
export interface Entry {
  readonly account: string;
  readonly revision: number;
  readonly type: string;
  readonly reference: string;
  readonly balance: number;
}

/** What each event does to a balance. Written out here: the bank's own folds are what is tested. */
const SIGNS: Readonly<Record<string, number>> = {
  'account.opened': 0,
  'account.money-deposited': 1,
  'account.money-withdrawn': -1,
};

/** The events of a log by account, folded without the bank's code. */
export class Ledger {
  readonly #accounts = new Map<string, Entry[]>();
  #lastPosition = '';

  /**
   * Reads a log from its beginning, as another process than the bank.
   *
   * @throws Error when its order or its revisions have a hole, or an event is none of an account that only takes and gives money.
   */
  static async of(folder: string): Promise<Ledger> {
    const ledger = new Ledger();
    await using store = await embedded({ folder }).open(new AbortController().signal);
    for await (const { stream, revision, position, type, data } of store.readAll()) {
      if (position <= ledger.#lastPosition) throw new Error(`${position} is out of order.`);
      ledger.#lastPosition = position;
      ledger.#add(stream, revision, type, data as { amount?: number; reference?: string });
    }
    return ledger;
  }

  /** The events of an account, by revision. */
  entries(account: string): readonly Entry[] {
    return this.#accounts.get(account) ?? [];
  }

  balance(account: string): number | undefined {
    return this.entries(account).at(-1)?.balance;
  }

  /** Every movement by what its request wrote beside it. */
  byReference(): ReadonlyMap<string, readonly Entry[]> {
    const found = new Map<string, Entry[]>();
    for (const entry of [...this.#accounts.values()].flat())
      if (entry.revision > 0)
        found.set(entry.reference, [...(found.get(entry.reference) ?? []), entry]);
    return found;
  }

  #add(
    stream: string,
    revision: number,
    type: string,
    { amount = 0, reference = '' }: { amount?: number; reference?: string },
  ): void {
    const account = stream.replace(/^account-/, '');
    const entries = this.#accounts.get(account) ?? [];
    const sign = SIGNS[type];
    if (sign === undefined || (type === 'account.opened') !== (revision === 0))
      throw new Error(`${stream} has ${type} at ${revision}.`);
    if (revision !== entries.length) throw new Error(`${stream} lacks ${entries.length}.`);
    const balance = (entries.at(-1)?.balance ?? 0) + sign * amount;
    entries.push({ account, revision, type, reference, balance });
    this.#accounts.set(account, entries);
  }
}
