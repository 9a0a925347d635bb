import type { Hero } from './hero.js';

/** Where heroes are kept. */
export abstract class Heroes {
  abstract find(id: string): Promise<Hero | undefined>;
  abstract save(hero: Hero): Promise<void>;
}
