import { type BankAnswer, type BankClient, codeOf, type ShownAccount } from './bank-client.js';
import type { LagProbe } from './lag-probe.js';
import type { Measurements } from './measurements.js';
import type { Random } from './random.js';

const FIRST_NAMES = ['Ada', 'Alan', 'Barbara', 'Edsger', 'Grace', 'Ken', 'Margaret', 'Tony'];
const LAST_NAMES = ['Hopper', 'Liskov', 'Lovelace', 'Hamilton', 'Hoare', 'Thompson', 'Turing'];
const CURRENCIES = ['EUR', 'EUR', 'EUR', 'USD', 'GBP', 'CHF'];
const REFERENCES = ['wages', 'rent', 'groceries', 'pocket money', 'a present', ''];

/** What the bank may say no with, when customers ask for more than they have. */
const REFUSALS: ReadonlySet<string> = new Set([
  'insufficient-funds',
  'account-frozen',
  'account-closed',
  'balance-limit',
  'balance-not-zero',
]);

/** How many accounts there are before anything else happens. */
const FIRST_ACCOUNTS = 20;
/** How many accounts a customer may have, so that one page shows them. */
const MOST_ACCOUNTS_EACH = 5;

interface Customer {
  readonly name: string;
  accounts: number;
}

interface KnownAccount extends ShownAccount {
  readonly owner: string;
}

/** One thing that a customer does. */
type Deed = () => Promise<void>;

/** Made-up customers: what they do next is decided by the seed, as far as the bank's answers allow. */
export class Customers {
  readonly #customers: Customer[] = [];
  readonly #accounts = new Map<string, KnownAccount>();
  #keys = 0;

  /** @param run - Tells this run from others on the same bank; part of names and keys. */
  constructor(
    private readonly run: string,
    private readonly bank: BankClient,
    private readonly random: Random,
    private readonly seen: Measurements,
    private readonly lag: LagProbe,
  ) {}

  /** Opens the first accounts. */
  async begin(): Promise<void> {
    for (let n = 0; n < FIRST_ACCOUNTS; n += 1) await this.opening()();
  }

  /** Decides what happens next. */
  next(): Deed {
    const account = this.random.pick([...this.#accounts.values()]);
    const dice = this.random.between(1, 100);
    if (account === undefined || dice <= 3) return this.opening();
    if (account.status === 'frozen') return this.change(account, 'unfreeze', {});
    if (dice <= 5) return this.change(account, 'freeze', { reason: 'lost card' });
    if (dice <= 10) return this.look(`/accounts/${account.id}/statement?limit=20`);
    if (dice <= 13) return this.look('/totals');
    const amount = this.random.between(1, 50_000);
    const reference = this.random.pick(REFERENCES);
    return this.change(account, dice <= 65 ? 'deposits' : 'withdrawals', { amount, reference });
  }

  private opening(): Deed {
    const customer = this.someone();
    customer.accounts += 1;
    const owner = customer.name;
    const currency = this.random.pick(CURRENCIES);
    const overdraftLimit = this.random.pick([0, 0, 50_000, 100_000]);
    return this.write('/accounts', { owner, currency, overdraftLimit }, owner);
  }

  private someone(): Customer {
    const free = this.#customers.filter(({ accounts }) => accounts < MOST_ACCOUNTS_EACH);
    if (free.length > 0 && this.random.between(1, 3) > 1) return this.random.pick(free);
    const number = this.#customers.length + 1;
    const name = `${this.random.pick(FIRST_NAMES)} ${this.random.pick(LAST_NAMES)} ${this.run}-${number}`;
    const customer = { name, accounts: 0 };
    this.#customers.push(customer);
    return customer;
  }

  private change({ id, owner }: KnownAccount, action: string, body: object): Deed {
    return this.write(`/accounts/${id}/${action}`, body, owner);
  }

  private write(path: string, body: object, owner: string): Deed {
    this.#keys += 1;
    const key = `demo ${this.run} ${this.#keys}`;
    return async () => {
      const began = performance.now();
      const answer = await this.bank.post(path, body, key);
      this.seen.answered.add(performance.now() - began);
      if (answer.status >= 300) {
        this.refusal(answer);
        return;
      }
      this.seen.writes += 1;
      const account = { ...(answer.body as ShownAccount), owner };
      this.#accounts.set(account.id, account);
      // Unfreezing what is open by now changes nothing that a list could show.
      const isChange = !path.endsWith('/unfreeze');
      if (answer.token !== undefined && isChange) this.lag.notice(account, answer.token);
    };
  }

  private look(path: string): Deed {
    return async () => {
      const answer = await this.bank.get(path);
      if (answer.status === 200) this.seen.reads += 1;
      else this.seen.fail(codeOf(answer));
    };
  }

  private refusal(answer: BankAnswer): void {
    const code = codeOf(answer);
    if (REFUSALS.has(code)) this.seen.refused += 1;
    else this.seen.fail(code);
  }
}
