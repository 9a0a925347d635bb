/**
 * A place in the whole log: a string of fixed width for each store, so that string order is log order. Read, never
 * computed; positions of two stores must not be compared.
 */
export type Position = string & { readonly __brand: 'Position' };
