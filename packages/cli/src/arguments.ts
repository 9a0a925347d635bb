import { InvalidArgumentError } from 'commander';
import type { OptionDefinition } from './command.js';

/** An integer from 0. */
export function parseCount(text: string): number {
  return integerFrom(0, text);
}

/** An integer from 1. */
export function parsePositive(text: string): number {
  return integerFrom(1, text);
}

/** Several values: the option may be repeated, and each may hold some, parted by commas. */
export function parseList(text: string, previous: unknown): readonly string[] {
  const values = text.split(',').filter((it) => it !== '');
  if (values.length === 0) throw new InvalidArgumentError('Name one at least.');
  return [...((previous as readonly string[] | undefined) ?? []), ...values];
}

export const CATEGORY: OptionDefinition = {
  flags: '--category <name>',
  description: 'only streams of this category: what stands before the first dash; may be repeated',
  parse: parseList,
};

export const TYPE: OptionDefinition = {
  flags: '--type <type>',
  description: 'only events of this stored type; may be repeated',
  parse: parseList,
};

/** What {@link CATEGORY} and {@link TYPE} come to. */
export interface FilterOptions {
  readonly category?: readonly string[] | undefined;
  readonly type?: readonly string[] | undefined;
}

/** The filter of a store; `undefined` where nothing was said. */
export function filterOf({ category, type }: FilterOptions) {
  return category === undefined && type === undefined
    ? undefined
    : { categories: category, types: type };
}

function integerFrom(least: number, text: string): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= least) return count;
  throw new InvalidArgumentError(`Write an integer from ${least}.`);
}
