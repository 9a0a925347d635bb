import { setImmediate } from 'node:timers/promises';
import type { Json, StoredRecord } from '@everfold/core';
import { mutant, type ReadModelMutant, WrongReadModelStore } from './wrong-read-model-store.js';

class ListedByUtf16 extends WrongReadModelStore {
  override async listRecords(prefix: string) {
    const records = await this.inner.listRecords(prefix);
    return records.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }
}

class ListedByPattern extends WrongReadModelStore {
  override async listRecords(prefix: string): Promise<readonly StoredRecord[]> {
    const parts = prefix.split('_').map((it) => it.replaceAll(/[^\w]/g, '\\$&'));
    const pattern = new RegExp(`^${parts.join('.')}`);
    return (await this.inner.listRecords('')).filter(({ key }) => pattern.test(key));
  }
}

class ListedUpToTheLastOfUtf16 extends WrongReadModelStore {
  override async listRecords(prefix: string) {
    const records = await this.inner.listRecords(prefix);
    return records.filter(({ key }) => key < `${prefix}\uf8ff`);
  }
}

class RecordBegunOverAnother extends WrongReadModelStore {
  override async writeRecord(key: string, value: Json, expected: number | undefined) {
    const known = (await this.inner.readRecord(key))?.version;
    return this.inner.writeRecord(key, value, expected ?? known);
  }
}

class VersionCheckedBefore extends WrongReadModelStore {
  override async writeRecord(key: string, value: Json, expected: number | undefined) {
    if ((await this.inner.readRecord(key))?.version !== expected) return undefined;
    await setImmediate();
    const now = (await this.inner.readRecord(key))?.version;
    return this.inner.writeRecord(key, value, now);
  }
}

class RemovedWhateverItsVersion extends WrongReadModelStore {
  override async removeRecord(key: string, expected: number) {
    const known = (await this.inner.readRecord(key))?.version;
    return this.inner.removeRecord(key, known ?? expected);
  }
}

/** Stores that go wrong in the framework's records. */
export const RECORD_MUTANTS: readonly ReadModelMutant[] = [
  mutant('records are listed by UTF-16', ListedByUtf16, 'listing records › goes by code point'),
  mutant(
    'a prefix is a pattern',
    ListedByPattern,
    'listing records › takes characters of a prefix literally',
  ),
  mutant(
    'a listing ends too early',
    ListedUpToTheLastOfUtf16,
    'listing records › finds keys behind the last character without surrogates',
  ),
  mutant(
    'a record is begun over another',
    RecordBegunOverAnother,
    'records › does not begin a record that is there',
  ),
  mutant(
    'versions are checked before the write',
    VersionCheckedBefore,
    'racing writers of a record › lets one of 64 win at no record',
  ),
  mutant(
    'a record is removed whatever its version',
    RemovedWhateverItsVersion,
    'records › does not remove a record that has gone on',
  ),
];
