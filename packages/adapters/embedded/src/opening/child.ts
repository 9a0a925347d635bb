// Opens the folder that it is given, which ends what another process began and did not live to end.
import { openPatiently } from './open.js';

const [folder = ''] = process.argv.slice(2);
void openPatiently(folder, {}).then((database) => database.close());
