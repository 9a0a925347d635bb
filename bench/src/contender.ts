import { openEverfoldLog } from './everfold-log.js';
import { openBareLog } from './limits/bare-log.js';
import type { Log } from './log.js';
import { openActSqliteLog } from './peers/act-sqlite.js';
import { openEventStorageLog } from './peers/event-storage.js';
import type { StoreName } from './workload/store.js';

/** Who takes part: us, the limit, and the peers (one of them in two settings). */
export type Contender =
  | 'everfold'
  | 'limit'
  | 'event-storage'
  | 'event-storage, one partition'
  | '@rotorsoft/act-sqlite';

/** The peers that have a column of their own. */
export const peers = ['event-storage', '@rotorsoft/act-sqlite'] as const satisfies Contender[];

/** Opens, or makes, the log of one of them. */
export function openLog(contender: Contender, store: StoreName, folder: string): Promise<Log> {
  switch (contender) {
    case 'everfold':
      return openEverfoldLog(store, folder);
    case 'limit':
      return openBareLog(folder);
    case 'event-storage':
      return openEventStorageLog(folder, 'per-stream');
    case 'event-storage, one partition':
      return openEventStorageLog(folder, 'one');
    case '@rotorsoft/act-sqlite':
      return openActSqliteLog(folder);
  }
}
