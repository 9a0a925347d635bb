import { jest } from '@jest/globals';
import { codeOf } from './support/problems.js';
import { startTestBank, withFolder } from './support/test-bank.js';

describe('an account whose first events are hidden', () => {
  it('is not decided on, and the bank says so in its log; its statement has what it had', () =>
    withFolder(async (folder) => {
      const environment = { EVENT_STORE: 'embedded', DATA_DIR: folder };
      const before = await startTestBank(environment);
      const path = await before.open();
      for (const amount of [1, 2, 3])
        await before.send('POST', `${path}/deposits`, { json: { amount } });
      await before.send('GET', `${path}/statement`);
      await before.store.setRetention(path.replace('/accounts/', 'account-'), { maxCount: 2 });
      await before.stop();
      // What the first one had in memory is gone.
      const bank = await startTestBank(environment);
      const head = await bank.store.head();
      const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);

      const deposit = await bank.send('POST', `${path}/deposits`, { json: { amount: 1 } });
      const statement = await bank.send('GET', `${path}/statement`);
      const lines = written.mock.calls.map(([line]) => String(line)).join('');
      const afterwards = await bank.store.head();
      written.mockRestore();
      await bank.stop();

      expect(codeOf(deposit)).toBe('internal');
      expect(deposit.text).not.toMatch(/account-|Retention/);
      expect(lines).toMatch(/POST .*\/deposits .*Retention hides/);
      expect(afterwards).toBe(head);
      expect(statement.body.items).toMatchObject([{ amount: 1 }, { amount: 2 }, { amount: 3 }]);
    }));
});
