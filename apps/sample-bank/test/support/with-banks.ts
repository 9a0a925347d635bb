import { BankProcess } from './bank-process.js';
import { withFolder } from './test-bank.js';

/**
 * Calls `use` with what starts banks on one empty folder, as often as it is called; whatever becomes of the test, none of
 * them outlives it, nor does the folder.
 *
 * @param environment - The variables of banks on a folder. Default: the embedded store in it, for everything.
 */
export function withBanks(
  use: (start: () => Promise<BankProcess>, folder: string) => Promise<void>,
  environment: (folder: string) => Record<string, string> = (folder) => ({ DATA_DIR: folder }),
): Promise<void> {
  return withFolder(async (folder) => {
    const banks: BankProcess[] = [];
    const start = async () => {
      const bank = BankProcess.spawn(environment(folder));
      banks.push(bank);
      await bank.ready();
      return bank;
    };
    try {
      await use(start, folder);
    } finally {
      await Promise.all(banks.map((bank) => bank.kill('SIGKILL')));
    }
  });
}
