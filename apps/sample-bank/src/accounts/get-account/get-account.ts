import { Query } from '@nestjs/cqrs';
import type { AccountView } from '../account.js';

/** Look at an account; `undefined` when there is none. */
export class GetAccount extends Query<AccountView | undefined> {
  /** @param accountId - A UUID in lower case. */
  constructor(readonly accountId: string) {
    super();
  }
}
