// The child process of verify(): checks the folder that it is given, and sends its parent the report.
import { openPatiently } from '../opening/open.js';
import { findMissingPage } from './page-check.js';
import { Verification } from './verification.js';
import { incomplete, type VerifyReport } from './verify-folder.js';

async function verify(folder: string): Promise<VerifyReport> {
  const database = await openPatiently(folder, { readOnly: true });
  const missing = findMissingPage(database, folder);
  return missing === undefined ? new Verification(database).run() : incomplete(missing);
}

const [folder = ''] = process.argv.slice(2);
// What it throws ends this process, and is the report of the parent.
void verify(folder).then((report) => process.send?.(report, () => process.exit(0)));
