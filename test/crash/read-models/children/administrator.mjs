// One operation at a time on the projection, with its progress.
import { createAdministration } from '@everfold/core';
import { embedded } from '@everfold/embedded';
import { say, serve } from '../../../embedded/children/protocol.mjs';
import { accountsOf, NAME } from './rebuilt-model.mjs';

let administration;

const onProgress = ({ phase, done, total }) => say({ phase, done, total });

serve({
  async open({ folder, version, isWrong, leases }) {
    const eventStore = await embedded({ folder }).open(AbortSignal.timeout(60_000));
    administration = createAdministration({ eventStore, definitions: [accountsOf({ version, isWrong })], leases });
  },
  rebuild: () => administration.rebuild(NAME, { onProgress }),
  rollback: () => administration.rollback(NAME, { onProgress }),
  verify: () => administration.verify(NAME),
  drop: ({ generation }) => administration.drop(NAME, { generation }),
});
