/**
 * A place in the whole log: a string of fixed width for each store, so that string order is log order. Read, never
 * computed; positions of two stores must not be compared.
 */
export type Position = string & { readonly __brand: 'Position' };

/**
 * Smaller than the position of every event in every store. As the `issuedAt` of a command it has the whole stream searched
 * for a repeat. No store takes it as a place to read from: leave `after` out for that.
 */
export const BEFORE_ALL_POSITIONS = '' as Position;
