// Positive and negative cases of what is inferred for reactors.
import {
  type EventContext,
  isReactor,
  On,
  type Position,
  type ReactorContext,
  type ReactorDefinition,
  type ReactorOptions,
  reactor,
  reactorKey,
} from '@everfold/core';
import type { Equal } from './equal.js';
import { AccountOpened, MoneyDeposited } from './events.js';

export const audit = reactor('audit')
  .on(AccountOpened, async (event, context) => {
    const isEvent: Equal<typeof event, AccountOpened> = true;
    const isContext: Equal<typeof context, ReactorContext> = true;
    const said: [string, number, AbortSignal] = [context.key, context.attempt, context.signal];
    void [isEvent, isContext, said];
  })
  .on(MoneyDeposited, async ({ amount }) => void amount.toFixed());
export const isBuilder: Equal<typeof audit, ReactorDefinition> = true;
export const key: string = reactorKey('audit', 'id');
export const known: boolean = isReactor(audit);

// @ts-expect-error what is done about an event is awaited
audit.on(AccountOpened, () => undefined);
// @ts-expect-error a field that the event does not have
audit.on(AccountOpened, async ({ balance }) => void balance);
// @ts-expect-error no event class
audit.on('account.opened', async () => undefined);
// @ts-expect-error a reactor has a name
reactor();

export const options: ReactorOptions = {
  from: 'now',
  orderedBy: (_event: object, { aggregateId }: EventContext) => aggregateId,
  onFailure: 'park',
  maxAttempts: undefined,
  segments: 4,
  concurrency: 2,
};
export const position = reactor('mail', { from: '1' as Position });
// @ts-expect-error no position
reactor('mail', { from: 'yesterday' });
// @ts-expect-error no policy
reactor('mail', { onFailure: 'skip' });
// @ts-expect-error an order is a string
reactor('mail', { orderedBy: () => 1 });

export class WelcomeMail {
  @On(AccountOpened) async opened(event: AccountOpened, { key }: ReactorContext): Promise<void> {
    await Promise.resolve([event.owner, key]);
  }
  @On(AccountOpened) async alone({ owner }: AccountOpened): Promise<void> {
    await Promise.resolve(owner);
  }
  // @ts-expect-error another event
  @On(MoneyDeposited) async wrong(event: AccountOpened): Promise<void> {
    await Promise.resolve(event);
  }
  // @ts-expect-error nothing is returned
  @On(AccountOpened) async answers({ owner }: AccountOpened): Promise<string> {
    return await Promise.resolve(owner);
  }
}
