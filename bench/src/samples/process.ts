// The process of one sample: takes it, hands the result to its parent, and ends, whatever others have left open.
import type { Sample, Sampled } from './sample.js';
import { take } from './take.js';

/** What a sample's process says. */
export type Report = { readonly sampled: Sampled } | { readonly failed: string };

async function report(): Promise<Report> {
  try {
    return { sampled: await take(JSON.parse(process.argv[2] ?? '') as Sample) };
  } catch (cause) {
    return { failed: cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause) };
  }
}

process.on('unhandledRejection', (cause) => {
  process.send?.({ failed: `unhandled rejection: ${String(cause)}` }, () => process.exit(1));
});
process.send?.(await report(), () => process.exit(0));
