import { PassThrough, Readable } from 'node:stream';
import type { Administration, EventStore, ReadModelStore } from '@everfold/core';
import { MemoryEventStore } from '@everfold/memory';
import type { EverfoldConfig } from '../src/define-config.js';
import { run } from '../src/run.js';

/** What a command did. */
export interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs commands in this process, on a store in memory and an administration that is made up. */
export class Shell {
  readonly store = new MemoryEventStore();
  /** What was asked of the administration: the method and its arguments. */
  readonly asked: (readonly unknown[])[] = [];
  readonly entered: string[] = [];
  /** How often a store was closed. */
  closed = 0;
  readonly controller = new AbortController();
  readonly #administration: Partial<Administration>;
  readonly #config: Partial<EverfoldConfig>;

  constructor({
    administration = {},
    config = {},
  }: {
    readonly administration?: Partial<Administration>;
    readonly config?: Partial<EverfoldConfig>;
  } = {}) {
    this.#administration = administration;
    this.#config = config;
  }

  /** @param input - Standard input. */
  async run(args: readonly string[], input = ''): Promise<Told> {
    const stdout = new Collected();
    const stderr = new Collected();
    const code = await run(['--config', import.meta.filename, ...args], {
      stdin: Readable.from([Buffer.from(input)]),
      stdout: stdout.stream,
      stderr: stderr.stream,
      folder: import.meta.dirname,
      signal: this.controller.signal,
      enter: (folder) => void this.entered.push(folder),
      loadConfig: async () => this.config(),
      createAdministration: () => this.#recorded(),
    });
    return { code, stdout: stdout.text, stderr: stderr.text };
  }

  /** The store with what a command must not do to one that is used further: closing. */
  config(): EverfoldConfig {
    const kept = keptOpen(this.store, () => {
      this.closed += 1;
    });
    return {
      eventStore: { open: async () => kept },
      readModels: { open: async () => kept as unknown as ReadModelStore },
      definitions: [],
      ...this.#config,
    };
  }

  #recorded(): Administration {
    return new Proxy(this.#administration, {
      get: (target, name) => {
        // What is awaited is asked whether it is a promise.
        if (name === 'then') return undefined;
        return (...args: readonly unknown[]) => {
          this.asked.push([name, ...args]);
          const method: unknown = Reflect.get(target, name);
          if (typeof method === 'function') return method(...args);
          throw new Error(`${String(name)} was not expected.`);
        };
      },
    }) as Administration;
  }
}

/** A store that counts how often it is closed, and stays open. */
export function keptOpen(store: EventStore, closed: () => void): EventStore {
  return new Proxy(store, {
    get(target, name) {
      if (name === Symbol.asyncDispose) return async () => closed();
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

class Collected {
  readonly stream = new PassThrough();
  text = '';

  constructor() {
    this.stream.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
    });
  }
}
