// LMDB itself, without the store: to take entries out of a store, and to make folders of other programs.
import { createRequire } from 'node:module';
import { crc32 } from 'node:zlib';
import { say, serve } from './protocol.mjs';

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
  /** Makes the index as it is before anything of it was written. */
  unindex: ({ folder }) =>
    inDatabase(folder, async (database) => {
      const derived = [...database.getKeys()].filter((key) => [0x43, 0x52, 0x53].includes(key[0]));
      for (const key of derived) await database.remove(Buffer.from(key));
      const manifest = Buffer.from('[1,0,[]]');
      const checksum = Buffer.alloc(4);
      checksum.writeUInt32LE(crc32(manifest));
      await database.put(Buffer.from('I'), Buffer.concat([checksum, manifest]), 1);
    }),
  /** Takes the write lock, and is stopped with it; goes on with it until it is ended. */
  stopWithLock: ({ folder }) =>
    inDatabase(folder, (database) =>
      database.transactionSync(() => {
        say({ locked: true });
        process.kill(process.pid, 'SIGSTOP');
      }),
    ),
  async foreign({ folder }) {
    const database = open({ path: folder, noSubdir: false });
    await database.put('a key', { of: 'another program' });
    await database.close();
  },
});
