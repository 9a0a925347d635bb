// Reads a read model that others feed.
import { writeFile } from 'node:fs/promises';
import { embedded } from '@everfold/embedded';
import { say, serve } from '../../../embedded/children/protocol.mjs';
import { Reads } from './reads.mjs';
import { accountsOf } from './rebuilt-model.mjs';

let reads;
let running;

serve({
  async read({ folder, version, isWrong, pauseMs }) {
    const store = await embedded({ folder }).open(AbortSignal.timeout(60_000));
    const projection = accountsOf({ version, isWrong });
    const complain = (violation) => say({ violation });
    reads = new Reads({ store, projection, hasBalance: !isWrong, pauseMs, complain });
    running = reads.run().catch((error) => complain(`a read failed: ${error.stack}`));
  },
  /** Writes what was seen into a file, a line each. Resolves to how much was read. */
  async stop({ file }) {
    reads.stop();
    await running;
    await writeFile(file, [...reads.seen()].join('\n'));
    return { reads: reads.reads, documents: reads.documents, pagings: reads.pagings };
  },
});
