import { join } from 'node:path';
import type { Log } from '../log.js';
import { BareFile } from './bare-file.js';
import { scanBareFile } from './bare-scan.js';

/** The limits, in the shape of what they are compared with. */
export async function openBareLog(folder: string): Promise<Log> {
  const path = join(folder, 'events.ndjson');
  const file = await BareFile.open(path);
  return {
    append: (_stream, event) => file.append(event),
    scan: () => scanBareFile(path),
    read: () => Promise.reject(new Error('A bare file has no streams.')),
    close: () => file.close(),
  };
}
