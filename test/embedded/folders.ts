import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The temporary folders of a spec. To be removed after each test. */
export class Folders {
  readonly #all: string[] = [];

  /** A new folder, empty. */
  async create(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'everfold-'));
    this.#all.push(folder);
    return folder;
  }

  async remove(): Promise<void> {
    for (const folder of this.#all.splice(0)) await rm(folder, { recursive: true, force: true });
  }
}
