import { compareTexts, type Json, type StoredRecord } from '@everfold/core';

/** Records by key, kept as text. Every change happens in one synchronous step. */
export class MemoryRecords {
  readonly #records = new Map<string, { readonly version: number; readonly text: string }>();

  read(key: string): StoredRecord | undefined {
    const record = this.#records.get(key);
    if (record === undefined) return undefined;
    return { key, version: record.version, value: JSON.parse(record.text) };
  }

  list(prefix: string): StoredRecord[] {
    const keys = [...this.#records.keys()].filter((key) => key.startsWith(prefix));
    return keys.sort(compareTexts).flatMap((key) => this.read(key) ?? []);
  }

  versionOf(key: string): number | undefined {
    return this.#records.get(key)?.version;
  }

  /** @returns The new version. */
  put(key: string, text: string): number {
    const version = (this.versionOf(key) ?? 0) + 1;
    this.#records.set(key, { version, text });
    return version;
  }

  remove(key: string): void {
    this.#records.delete(key);
  }
}

/** A record's value as it is kept. */
export function recordText(value: Json): string {
  return JSON.stringify(value);
}
