import type { EventStore, RecordedEvent, StoreFactory } from '@everfold/core';
import { MemoryStore, memory } from '@everfold/memory';
import { type INestApplication, Module, type ModuleMetadata } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import { EverfoldModule, type EverfoldModuleOptions, getEventStoreToken } from '../../src/index.js';
import { Account, HANDLERS } from './account.js';

/** Accounts as a feature module has them. */
@Module({
  imports: [EverfoldModule.forFeature([Account])],
  providers: HANDLERS,
  exports: [EverfoldModule],
})
export class AccountsModule {}

/** The root of an application on a store in memory. */
export function rootOf(options: Partial<EverfoldModuleOptions> = {}) {
  return [CqrsModule.forRoot(), EverfoldModule.forRoot({ eventStore: memory(), ...options })];
}

/** One store in memory, however often it is opened and closed: what a folder on disk is to a process. */
export function lasting(): StoreFactory<MemoryStore> {
  class LastingStore extends MemoryStore {
    override async [Symbol.asyncDispose](): Promise<void> {}
  }
  const store = new LastingStore();
  return { open: async () => store };
}

const opened: INestApplication[] = [];

/** An application that was initialised, and is closed by {@link closeAll}. */
export async function start(metadata: ModuleMetadata): Promise<INestApplication> {
  const testing = await Test.createTestingModule(metadata).compile();
  const app = testing.createNestApplication({ logger: false });
  opened.push(app);
  await app.init();
  return app;
}

/** Accounts on a store in memory. */
export function startAccounts(
  options: Partial<EverfoldModuleOptions> = {},
): Promise<INestApplication> {
  return start({ imports: [...rootOf(options), AccountsModule] });
}

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  await Promise.all(opened.splice(0).map((app) => app.close()));
}

/** Everything in the application's log. */
export async function eventsOf(app: INestApplication): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of app.get<EventStore>(getEventStoreToken()).readAll()) events.push(event);
  return events;
}
