// Opens the folder that it is given, which ends what another process began and did not live to end.
import { withinLockTimeout } from '../writing.js';
import { openingEnd, openPatiently } from './open.js';

async function heal(folder: string): Promise<void> {
  const database = await openPatiently(folder, {});
  await withinLockTimeout(Promise.resolve(openingEnd(database)));
}

const [folder = ''] = process.argv.slice(2);
void heal(folder).finally(() => process.exit(0));
