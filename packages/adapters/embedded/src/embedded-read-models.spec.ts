import { describeReadModelContract } from '@everfold/core/testing';
import { EmbeddedStore } from './embedded-store.js';

describeReadModelContract('EmbeddedStore', {
  create: (folder) => EmbeddedStore.open({ folder }),
  reopen: (_, folder) => EmbeddedStore.open({ folder }),
  beside: (_, folder) => EmbeddedStore.open({ folder }),
});
