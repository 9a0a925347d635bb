import { setImmediate } from 'node:timers/promises';

/** What must happen within a time, so that a store that hangs fails with a sentence. */
export class Patience {
  constructor(readonly ms: number) {}

  /** The promise; rejects when it takes too long. */
  async for<T>(what: string, promise: PromiseLike<T>): Promise<T> {
    const { timer, late } = this.#deadline(what);
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks again and again until the answer is yes. */
  async until(what: string, ask: () => Promise<boolean> | boolean): Promise<void> {
    const end = performance.now() + this.ms;
    while (!(await this.for(what, Promise.resolve(ask())))) {
      if (performance.now() > end) throw new Error(`Waited ${this.ms} ms in vain: ${what}`);
      await setImmediate();
    }
  }

  #deadline(what: string) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`Waited ${this.ms} ms in vain: ${what}`)), this.ms);
    });
    return { timer, late };
  }
}
