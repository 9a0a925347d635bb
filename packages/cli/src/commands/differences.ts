import type { Difference, Verification } from '@everfold/core';
import { grouped, printable, printableJson } from '../output/printable.js';

/** What a verification found, for people; at most `limit` documents are shown. */
export function differencesOf(found: Verification, limit: number): string {
  const { consumer, events, documents, differences } = found;
  const left =
    found.incomparable === 0
      ? ''
      : `, ${grouped(found.incomparable)} left out because the beginning of their stream is gone`;
  const compared = `${consumer}: ${grouped(documents)} documents compared with a fold of ${grouped(events)} events${left}`;
  if (differences.length === 0) return `${compared}; none differs.`;
  const shown = differences.slice(0, limit).map(differenceOf);
  const more = differences.length - shown.length;
  const rest = more > 0 ? [`… and ${grouped(more)} more: see --limit, or --json for all.`] : [];
  return [`${compared}; ${grouped(differences.length)} differ.`, ...shown, ...rest].join('\n\n');
}

function differenceOf({ documentId, kind, actual, expected }: Difference): string {
  const id = printable(documentId);
  switch (kind) {
    case 'missing':
      return `${id} is missing\n  expected ${printableJson(expected)}`;
    case 'unexpected':
      return `${id} should not be there\n  stored   ${printableJson(actual)}`;
    case 'differs':
      return `${id} differs\n${fieldsOf(actual, expected).join('\n')}`;
  }
}

function fieldsOf(actual: unknown, expected: unknown): readonly string[] {
  return changesBetween(actual, expected).map(
    ({ path, stored, folded }) =>
      `  ${printable(path)}: stored ${shown(stored)}, expected ${shown(folded)}`,
  );
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : printableJson(value);
}

/** A place at which two documents are not the same; `undefined` where there is nothing. */
export interface Change {
  readonly path: string;
  readonly stored: unknown;
  readonly folded: unknown;
}

/** Where two documents differ, in the order of their fields; a field's whole value where its shape differs. */
export function changesBetween(stored: unknown, folded: unknown, path = ''): readonly Change[] {
  if (Object.is(stored, folded)) return [];
  const [one, other] = [entriesOf(stored), entriesOf(folded)];
  if (one === undefined || other === undefined || Array.isArray(stored) !== Array.isArray(folded))
    return JSON.stringify(stored) === JSON.stringify(folded) ? [] : [{ path, stored, folded }];
  const names = new Set([...one.keys(), ...other.keys()]);
  return [...names].flatMap((name) =>
    changesBetween(one.get(name), other.get(name), joined(path, name, stored)),
  );
}

/** The fields of what has some; dates are values. */
function entriesOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || value instanceof Date) return undefined;
  return new Map(Object.entries(value));
}

function joined(path: string, name: string, parent: unknown): string {
  if (Array.isArray(parent)) return `${path}[${name}]`;
  return path === '' ? name : `${path}.${name}`;
}
