import type { ReadModelStore } from '@everfold/core';

type Method = (...args: readonly unknown[]) => Promise<unknown>;

/** A call at which a process dies. */
export interface Death {
  readonly call: keyof ReadModelStore;
  /** Default: whichever there are. */
  readonly with?: ((key: string, value: string) => boolean) | undefined;
  /** The how-manieth of such calls, from 1. Default 1. */
  readonly nth?: number | undefined;
  /** Before the call is carried out, or after. */
  readonly when: 'before' | 'after';
}

/**
 * A process's own way to a store that others share. When the process dies, none of its calls reaches the store any more, and none of
 * those under way comes back: it takes no leave, and cleans nothing up.
 */
export class MortalStore {
  readonly store: ReadModelStore;
  readonly #death: Death | undefined;
  #counted = 0;
  #isDead: boolean = false;
  #die: () => void = () => undefined;
  /** Resolves when it is dead. */
  readonly death = new Promise<void>((resolve) => {
    this.#die = resolve;
  });

  constructor(shared: ReadModelStore, death?: Death) {
    this.#death = death;
    this.store = new Proxy(shared, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== 'function') return value;
        const method = value.bind(target) as Method;
        return (...args: readonly unknown[]) => this.#call(property, args, method);
      },
    });
  }

  kill(): void {
    this.#isDead = true;
    this.#die();
  }

  async #call(call: PropertyKey, args: readonly unknown[], method: Method): Promise<unknown> {
    const when = this.#dies(call, args);
    if (when === 'before') this.kill();
    await this.#unlessDead();
    const result = await method(...args);
    if (when === 'after') this.kill();
    await this.#unlessDead();
    return result;
  }

  #dies(call: PropertyKey, [key, value]: readonly unknown[]): Death['when'] | undefined {
    if (this.#death === undefined || this.#death.call !== call) return undefined;
    const { with: isMeant, nth = 1, when } = this.#death;
    if (isMeant?.(String(key), JSON.stringify(value)) === false) return undefined;
    this.#counted += 1;
    return this.#counted === nth ? when : undefined;
  }

  async #unlessDead(): Promise<void> {
    if (this.#isDead) await new Promise(() => undefined);
  }
}
