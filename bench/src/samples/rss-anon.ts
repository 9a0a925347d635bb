import { readFileSync } from 'node:fs';

const KB_PER_MB = 1_024;

/** Memory of this process that is neither file nor map, in MB: what is mapped of the store's file is the page cache's business. */
export function rssAnonMb(): number {
  const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error('No RssAnon in /proc/self/status.');
  return Number(kilobytes) / KB_PER_MB;
}
