import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { aggregate, createRepository, Event } from '@everfold/core';
import { embedded } from '@everfold/embedded';
import { memory } from '@everfold/memory';

class Planted extends Event('tree.planted') {}
class Grown extends Event('tree.grown') {}

const tree = aggregate('tree', { initial: () => ({ kind: '', rings: 0 }) })
  .on(Planted, (state, { kind }) => ({ ...state, kind }))
  .on(Grown, (state, { rings }) => ({ ...state, rings: state.rings + rings }));

const open = (factory) => factory.open(AbortSignal.timeout(10_000));

async function collect(events) {
  const all = [];
  for await (const event of events) all.push(event);
  return all;
}

test('an aggregate is folded from what was appended to a store in memory', async () => {
  const store = await open(memory());
  const trees = createRepository(store, tree);

  await trees.create('oak', () => new Planted({ kind: 'oak' }));
  const { state, revision } = await trees.update('oak', () => [new Grown({ rings: 2 }), new Grown({ rings: 3 })]);
  await store[Symbol.asyncDispose]();

  assert.deepEqual(state, { kind: 'oak', rings: 5 });
  assert.equal(revision, 2);
});

test('what was appended to a folder is there when it is opened again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trees-'));
  try {
    const before = await open(embedded({ folder }));
    await createRepository(before, tree).create('elm', () => new Planted({ kind: 'elm' }));
    await createRepository(before, tree).update('elm', () => new Grown({ rings: 1 }), { commandId: 'c-1' });
    await before[Symbol.asyncDispose]();

    const after = await open(embedded({ folder }));
    const repeated = await createRepository(after, tree).update('elm', () => new Grown({ rings: 1 }), { commandId: 'c-1' });
    const recorded = await collect(after.read('tree-elm'));
    await after[Symbol.asyncDispose]();

    assert.deepEqual(repeated.state, { kind: 'elm', rings: 1 });
    assert.equal(repeated.repeated, true);
    assert.deepEqual(recorded.map(({ type }) => type), ['tree.planted', 'tree.grown']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('of two who create one aggregate, one is refused by a code', async () => {
  const store = await open(memory());
  const trees = createRepository(store, tree);
  await trees.create('ash', () => new Planted({ kind: 'ash' }));

  await assert.rejects(trees.create('ash', () => new Planted({ kind: 'ash' })), { code: 'AGGREGATE_EXISTS' });

  await store[Symbol.asyncDispose]();
});
