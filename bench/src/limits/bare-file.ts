import { type FileHandle, open } from 'node:fs/promises';

/**
 * The limit of appends: a file to which JSON is appended, with group commit. It keeps no index, checks nothing and cannot be
 * read by stream, but what it has acknowledged is on disk.
 */
export class BareFile {
  readonly #handle: FileHandle;
  #text = '';
  #waiting: (() => void)[] = [];
  #failed: ((cause: unknown) => void)[] = [];
  #state: 'idle' | 'writing' = 'idle';

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Opens the file, or makes it. */
  static async open(path: string): Promise<BareFile> {
    return new BareFile(await open(path, 'a'));
  }

  /** Resolves when the event is on disk, together with all that were handed in while the group before it was written. */
  append(event: object): Promise<void> {
    this.#text += `${JSON.stringify(event)}\n`;
    if (this.#state === 'idle') this.#begin();
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve);
      this.#failed.push(reject);
    });
  }

  /** Closes the file; nothing may be in flight. */
  close(): Promise<void> {
    return this.#handle.close();
  }

  /** Not at once: whoever appends in the same turn belongs to the same group. */
  #begin(): void {
    this.#state = 'writing';
    process.nextTick(() => void this.#write());
  }

  async #write(): Promise<void> {
    const [bytes, waiting, failed] = [Buffer.from(this.#text), this.#waiting, this.#failed];
    [this.#text, this.#waiting, this.#failed] = ['', [], []];
    try {
      await this.#handle.write(bytes);
      await this.#handle.datasync();
      for (const resolve of waiting) resolve();
    } catch (cause) {
      for (const reject of failed) reject(cause);
    }
    this.#state = 'idle';
    if (this.#text !== '') this.#begin();
  }
}
