// The child process of verify(): checks the folder that it is given, and sends its parent the report.
import { access, constants } from 'node:fs/promises';
import { type Database, dataFile } from '../environment.js';
import { openPatiently } from '../opening/open.js';
import { findMissingPage } from './page-check.js';
import { Verification } from './verification.js';
import { incomplete, type VerifyReport } from './verify-folder.js';

async function verify(folder: string): Promise<VerifyReport> {
  const database = await openToRead(folder);
  const missing = findMissingPage(database, folder);
  return missing === undefined ? new Verification(database).run() : incomplete(missing);
}

/** As one who could write, where that is allowed: only such a one can make sure that others lose sight of no commit. */
async function openToRead(folder: string): Promise<Database> {
  const isWritable = await access(dataFile(folder), constants.W_OK).then(
    () => true,
    () => false,
  );
  return openPatiently(folder, { readOnly: !isWritable });
}

const [folder = ''] = process.argv.slice(2);
// What it throws ends this process, and is the report of the parent.
void verify(folder).then((report) => process.send?.(report, () => process.exit(0)));
