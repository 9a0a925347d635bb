import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blocks, compile, root, runBlock } from '../repository/code-blocks.js';

const page = (name: string) => readFile(join(root, 'docs', name), 'utf8');

describe('The guide', () => {
  it.each(['read-models.md', 'reactors.md'])(
    '%s shows one program, which compiles, runs and prints what it says',
    async (name) => {
      const text = await page(name);

      const printed = await runBlock(blocks(text, 'ts').join('\n'));

      expect(printed).toBe(blocks(text, 'text').join(''));
    },
    120_000,
  );

  it('to a read-model store of one’s own adopts the contract as it is', async () => {
    const [spec = ''] = blocks(await page('own-read-model-store.md'), 'ts');
    const store = `import type { ReadModelStore } from '@everfold/core';
      export declare const MyReadModelStore: { open(options: { readonly folder: string }): Promise<ReadModelStore> };`;

    await expect(compile({ 'example.ts': spec, 'my-read-model-store.d.ts': store })).resolves.toBe(
      undefined,
    );
  }, 60_000);
});
