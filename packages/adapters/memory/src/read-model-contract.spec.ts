import { describeReadModelContract } from '@everfold/core/testing';
import { MemoryReadModelStore } from './memory-read-model-store.js';

for (const commit of ['atomic', 'guarded'] as const)
  describeReadModelContract(`MemoryReadModelStore, ${commit},`, {
    create: async () => new MemoryReadModelStore({ commit, maxDocumentBytes: 1_048_576 }),
  });
