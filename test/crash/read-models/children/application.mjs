// An application: runs the projection, and serves it.
import { runConsumers } from '@everfold/core';
import { embedded } from '@everfold/embedded';
import { say, serve } from '../../../embedded/children/protocol.mjs';
import { Reads } from './reads.mjs';
import { accountsOf } from './rebuilt-model.mjs';

let consumers;

serve({
  async run({ folder, version, isWrong, leases }) {
    const store = await embedded({ folder }).open(AbortSignal.timeout(60_000));
    const projection = accountsOf({ version, isWrong });
    consumers = await runConsumers({
      eventStore: store,
      definitions: [projection],
      leases,
      retry: { baseMs: 10, maxMs: 200 },
      report: ({ kind, segment, error }) => say({ report: kind, segment, error: error === undefined ? undefined : String(error) }),
    });
    const complain = (violation) => say({ violation });
    // Loosely, for it has other things to do.
    const reads = new Reads({ store, projection, hasBalance: !isWrong, pauseMs: 200, complain });
    void reads.run().catch((error) => complain(`a read failed: ${error.stack}`));
  },
  caughtUp: () => consumers.caughtUp(),
  status: () => consumers.status(),
});
