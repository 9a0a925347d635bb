// LMDB itself, without the store: to take entries out of a store, and to make folders of other programs.
import { createRequire } from 'node:module';
import { serve } from './protocol.mjs';

const { open } = createRequire(createRequire(import.meta.url).resolve('@everfold/embedded'))('lmdb');

async function inDatabase(folder, work) {
  const database = open({ path: folder, noSubdir: false, keyEncoding: 'binary', encoding: 'binary', useVersions: true });
  try {
    await work(database);
  } finally {
    await database.close();
  }
}

serve({
  remove: ({ folder, keys }) =>
    inDatabase(folder, async (database) => {
      for (const key of keys) await database.remove(Buffer.from(key, 'hex'));
    }),
  async foreign({ folder }) {
    const database = open({ path: folder, noSubdir: false });
    await database.put('a key', { of: 'another program' });
    await database.close();
  },
});
