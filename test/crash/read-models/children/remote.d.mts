import type { ReadModelStore } from '@everfold/core';
export function serveStore(
  store: ReadModelStore,
): Promise<{ readonly port: number; readonly end: () => Promise<void> }>;
