// The child process of verify(): checks the folder that it is given, and sends its parent the report.
import { openDatabase } from '../environment.js';
import { Verification } from './verification.js';

const [folder = ''] = process.argv.slice(2);
const report = new Verification(openDatabase(folder, { readOnly: true })).run();
process.send?.(report, () => process.exit(0));
