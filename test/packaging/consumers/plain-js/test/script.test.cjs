const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { mkdtemp, rm } = require('node:fs/promises');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { test } = require('node:test');
const { aggregate, createRepository, Event } = require('@everfold/core');
const { embedded } = require('@everfold/embedded');
const { memory } = require('@everfold/memory');

class Borrowed extends Event('book.borrowed') {}
class Returned extends Event('book.returned') {}

const book = aggregate('book', { initial: () => ({ reader: null, loans: 0 }) })
  .on(Borrowed, (state, { reader }) => ({ reader, loans: state.loans + 1 }))
  .on(Returned, (state) => ({ ...state, reader: null }));

const open = (factory) => factory.open(AbortSignal.timeout(10_000));

test('an aggregate is folded from what was appended to a store in memory', async () => {
  const store = await open(memory());
  const books = createRepository(store, book);

  await books.create('emma', () => new Borrowed({ reader: 'Ada' }));
  const { state } = await books.update('emma', () => new Returned({}));
  await store[Symbol.asyncDispose]();

  assert.deepEqual(state, { reader: null, loans: 1 });
});

test('what a process appended before it was killed is there when the folder is opened again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'books-'));
  const killed = `
    const { createRepository, aggregate, Event } = require('@everfold/core');
    const { embedded } = require('@everfold/embedded');
    class Borrowed extends Event('book.borrowed') {}
    const book = aggregate('book', { initial: () => ({}) }).on(Borrowed, (state) => state);
    embedded({ folder: ${JSON.stringify(folder)} }).open(AbortSignal.timeout(10_000))
      .then((store) => createRepository(store, book).create('emma', () => new Borrowed({ reader: 'Eve' })))
      .then(() => process.kill(process.pid, 'SIGKILL'));
  `;
  try {
    const { signal } = spawnSync(process.execPath, ['-e', killed], { cwd: __dirname, stdio: 'inherit' });

    const store = await open(embedded({ folder }));
    const found = await createRepository(store, book).find('emma');
    await store[Symbol.asyncDispose]();

    assert.equal(signal, 'SIGKILL');
    assert.deepEqual(found?.state, { reader: 'Eve', loans: 1 });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
