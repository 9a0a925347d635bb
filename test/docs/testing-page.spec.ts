import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

describe('The page on testing with Nest', () => {
  it('shows a spec that runs', async () => {
    const page = await readFile(join(root, 'docs/testing-with-nest.md'), 'utf8');
    const spec = await readFile(join(root, 'packages/nestjs/test/testing-page.spec.ts'), 'utf8');
    const asUsersImport = spec
      .replace("'../src/index.js'", "'@everfold/nestjs'")
      .replace("'./support/account.js'", "'./account.js'")
      .replace("'./support/applications.js'", "'./accounts-module.js'");

    expect(page).toContain(`\`\`\`ts\n${asUsersImport}\`\`\``);
  });
});
