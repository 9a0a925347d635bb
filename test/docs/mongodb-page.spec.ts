import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describeWithMongo } from '../../tools/servers/mongodb.mjs';
import { blocks, root, runBlock } from '../repository/code-blocks.js';

describe('The page on MongoDB', () => {
  it('shows a server with a fixed version that becomes the replica set of its URL', async () => {
    const page = await readFile(join(root, 'docs/mongodb.md'), 'utf8');

    const { mongodb } = parse(blocks(page, 'yaml').join('')).services;

    expect(mongodb.image).toMatch(/^mongo:\d+\.\d+\.\d+$/);
    const [, set] = /replicaSet=(\w+)'/.exec(page) ?? [];
    expect(mongodb.command).toEqual(['mongod', '--replSet', set, '--bind_ip_all']);
    expect(mongodb.healthcheck.test.at(-1)).toContain(`rs.initiate({ _id: '${set}', `);
  });
});

await describeWithMongo('The program of the page on MongoDB', (mongo) => {
  it('compiles, runs and prints what it says', async () => {
    const page = await readFile(join(root, 'docs/mongodb.md'), 'utf8');
    const said = blocks(page, 'text').filter((text) => !text.startsWith('mongodb://'));

    const printed = await runBlock(blocks(page, 'ts').join('\n'), {
      MONGODB_URL: mongo.url,
      MONGODB_DATABASE: mongo.database(),
    });

    expect(printed).toBe(said.join(''));
  }, 120_000);
});
