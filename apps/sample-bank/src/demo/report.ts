import type { Durations, Measurements } from './measurements.js';

/** One line while the demo runs. @param second - Which one it is. */
export function progressLine(
  second: number,
  writesInIt: number,
  { failed, withToken, withoutToken }: Measurements,
): string {
  return [
    `${String(second).padStart(5)} s`,
    `${String(Math.round(writesInIt)).padStart(6)} writes/s`,
    `${String(failed).padStart(4)} errors`,
    `visible after ${median(withoutToken)}, asked with the token ${median(withToken)}`,
  ].join('   ');
}

/** What is said in the end. @param seconds - How long it took. */
export function summary(seconds: number, seen: Measurements): string {
  const { writes, reads, refused, stale, failed, errors } = seen;
  return [
    '',
    `${writes} writes and ${reads} reads in ${seconds.toFixed(1)} s: ${(writes / seconds).toFixed(1)} writes/s`,
    `answered            ${percentiles(seen.answered)}`,
    `visible in GET /accounts after its answer`,
    `  with its token    ${percentiles(seen.withToken)}`,
    `  without           ${percentiles(seen.withoutToken)}`,
    `${refused} changes were refused, as they should be`,
    `${stale} reads did not have what their token names${stale === 0 ? '' : ': that must not be'}`,
    `${failed} errors`,
    ...[...errors].map(([what, count]) => `  ${count} × ${what}`),
    '',
  ].join('\n');
}

function median(durations: Durations): string {
  return milliseconds(durations.percentile(0.5));
}

function percentiles(durations: Durations): string {
  if (durations.count === 0) return 'nobody looked';
  const [half, most, nearlyAll] = [0.5, 0.9, 0.99].map((share) =>
    milliseconds(durations.percentile(share)),
  );
  return `p50 ${half}, p90 ${most}, p99 ${nearlyAll} (${durations.count})`;
}

function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '–' : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}
