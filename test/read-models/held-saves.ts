import type { ReadModelStore } from '@everfold/core';

/** A process's own way to a store that others share, on which its saves can be held up. */
export class HeldSaves {
  readonly store: ReadModelStore;
  /** How many saves are held up. */
  waiting = 0;
  #held: Promise<void> | undefined;
  #open: () => void = () => undefined;

  constructor(shared: ReadModelStore) {
    this.store = new Proxy(shared, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== 'function') return value;
        const method = value.bind(target) as (...args: readonly unknown[]) => Promise<unknown>;
        if (property !== 'save') return method;
        return async (...args: readonly unknown[]) => {
          if (this.#held !== undefined) {
            this.waiting += 1;
            await this.#held;
          }
          return await method(...args);
        };
      },
    });
  }

  hold(): void {
    this.#held = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  release(): void {
    this.#held = undefined;
    this.#open();
  }
}
