import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithMongo } from '../../tools/servers/mongodb.mjs';
import { blocks, root, runBlock } from '../repository/code-blocks.js';

await describeWithMongo('The page on MongoDB', (mongo) => {
  it('shows one program, which compiles, runs and prints what it says', async () => {
    const page = await readFile(join(root, 'docs/mongodb.md'), 'utf8');
    const said = blocks(page, 'text').filter((text) => !text.startsWith('mongodb://'));

    const printed = await runBlock(blocks(page, 'ts').join('\n'), {
      MONGODB_URL: mongo.url,
      MONGODB_DATABASE: mongo.database(),
    });

    expect(printed).toBe(said.join(''));
  }, 120_000);
});
