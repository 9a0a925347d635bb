import type { Json, StoredRecord } from '@everfold/core';
import { damaged, sealed, unsealed } from '../checksum.js';
import { readEntry, readVersion } from '../environment.js';
import { nameOfKey, recordKey } from '../keys.js';
import { type Commits, type EntryWrite, issueIf } from './commits.js';

/** The most bytes of a record's key. */
const MAX_KEY_BYTES = 1_000;

/** In front of the value: the version, which also stands beside the entry, where nothing seals it. */
const VERSION_BYTES = 6;

/** @throws TypeError when a key is malformed. */
export function assertRecordKey(key: string): void {
  if (isRecordKey(key)) return;
  throw new TypeError(
    `The key of a record is well-formed Unicode of 1–${MAX_KEY_BYTES} bytes, not ${JSON.stringify(key)}.`,
  );
}

function isRecordKey(key: string): boolean {
  if (typeof key !== 'string' || key === '' || !key.isWellFormed()) return false;
  return Buffer.byteLength(key) <= MAX_KEY_BYTES;
}

/** What a record says, key and all, as text. */
export function recordText(key: string, value: Json): string {
  return JSON.stringify([key, value]);
}

/**
 * A record as it is stored.
 *
 * @param text - As {@link recordText} gives it.
 */
export function encodeRecord(text: string, version: number): Buffer {
  const bytes = Buffer.alloc(VERSION_BYTES + Buffer.byteLength(text));
  bytes.writeUIntLE(version, 0, VERSION_BYTES);
  bytes.write(text, VERSION_BYTES);
  return sealed(bytes);
}

/** @throws {@link StoreCorruptedError} when a record is damaged. */
export function decodeRecord(key: string, bytes: Buffer, version: number): StoredRecord {
  const what = `record '${key}'`;
  const content = unsealed(bytes, what);
  const [name, value] = JSON.parse(content.toString('utf8', VERSION_BYTES)) as [string, Json];
  if (content.readUIntLE(0, VERSION_BYTES) !== version || name !== key) throw damaged(what);
  return { key, version, value };
}

/** The records of the framework's own. */
export class Records {
  readonly #commits: Commits;

  constructor(commits: Commits) {
    this.#commits = commits;
  }

  read(key: string): StoredRecord | undefined {
    const database = this.#commits.refresh();
    if (!isRecordKey(key)) return undefined;
    const entry = readEntry(database, recordKey(key));
    return entry === undefined ? undefined : decodeRecord(key, entry.bytes, entry.version);
  }

  list(prefix: string): readonly StoredRecord[] {
    const database = this.#commits.refresh();
    if (prefix !== '' && !isRecordKey(prefix)) return [];
    const start = recordKey(prefix);
    const range = database.getRange({
      start,
      // Behind every key that begins so: no byte of UTF-8 is that large.
      end: Buffer.concat([start, Buffer.from([0xff])]),
      versions: true,
    });
    const records: StoredRecord[] = [];
    for (const { key, value, version = 0 } of range)
      records.push(decodeRecord(nameOfKey(key), value, version));
    return records;
  }

  async write(key: string, value: Json, expected: number | undefined): Promise<number | undefined> {
    assertRecordKey(key);
    const entryKey = recordKey(key);
    const version = (expected ?? 0) + 1;
    const bytes = encodeRecord(recordText(key, value), version);
    const isWritten = await this.#change(key, expected, { key: entryKey, value: bytes, version });
    return isWritten ? version : undefined;
  }

  async remove(key: string, expected: number): Promise<boolean> {
    assertRecordKey(key);
    return this.#change(key, expected, { key: recordKey(key), value: undefined, version: 0 });
  }

  /** Changes a record that stands at a version. @returns Whether it did. */
  #change(key: string, expected: number | undefined, write: EntryWrite): Promise<boolean> {
    return this.#commits.untilDone(async () => {
      const database = this.#commits.refresh();
      const before = { key: write.key, version: expected };
      if (readVersion(database, write.key) !== expected) return false;
      const [isChanged] = await this.#commits.commit(key, [write.value?.length ?? 0], () =>
        issueIf(database, [before], [write]),
      );
      if (isChanged !== true) return false;
      return readVersion(database, write.key) === expected ? undefined : true;
    });
  }
}
