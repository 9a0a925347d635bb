import type { ConsumerInfo } from '@everfold/core';
import { printable, spoken } from '../output/printable.js';
import { facts, table } from '../output/table.js';

/** Consumers, one a line, and where they are kept. */
export function consumerTable(consumers: readonly ConsumerInfo[]): string {
  const heading = ['NAME', 'VERSION', 'GENERATION', 'STATE', 'LAG', 'PARKED', 'STOPPED', 'NOTES'];
  const lines = table(
    heading,
    consumers.map((it) => [
      it.name,
      it.version ?? '-',
      it.generation ?? '-',
      stateOf(it),
      lagOf(it),
      it.parked,
      it.stopped,
      notesOf(it),
    ]),
  );
  const stores = new Set(consumers.flatMap(({ store }) => (store === undefined ? [] : [store])));
  return [lines, ...[...stores].map((store) => `\nkept in ${printable(store)}`)].join('\n');
}

/** Everything that is known of one consumer. */
export function consumerDetails(it: ConsumerInfo): string {
  const head = facts([
    ['name', it.name],
    ['consumer', it.consumer],
    ['state', stateOf(it)],
    ['declared', it.declared ? 'yes' : 'no'],
    ['commit', it.commit],
    ...(it.store === undefined ? [] : [['store', it.store] as const]),
    ['position', it.position ?? '-'],
    ['lag', lagOf(it)],
    ['parked', it.parked],
    ['stopped', it.stopped],
    ['orphaned', it.orphaned],
  ]);
  const segments = table(
    ['SEGMENT', 'OWNER', 'EPOCH', 'POSITION', 'HANDLED', 'SKIPPED', 'ORPHANED', 'PARKED'],
    it.segments.map((segment) => [
      segment.segment,
      segment.owner ?? '-',
      segment.epoch,
      segment.checkpoint?.position ?? '-',
      segment.handled,
      segment.skipped,
      segment.orphaned,
      segment.parked,
    ]),
  );
  return [head, '', segments, ...stopsOf(it)].join('\n');
}

function stopsOf({ segments }: ConsumerInfo): readonly string[] {
  return segments.flatMap(({ segment, stopped }) => {
    if (stopped === undefined) return [];
    const { error, at, ...where } = stopped;
    const known = Object.entries(where).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as const],
    );
    const entries = [['stopped segment', segment], ['at', at], ['error', error], ...known] as const;
    return ['', facts(entries)];
  });
}

function stateOf({ state, paused }: ConsumerInfo): string {
  return paused ? `${state}, paused` : state;
}

function lagOf({ lagMs }: ConsumerInfo): string {
  if (lagMs === 'unknown') return 'unknown';
  return lagMs === 0 ? '0' : spoken(lagMs);
}

function notesOf({ declared, orphaned }: ConsumerInfo): string {
  const notes = declared ? [] : ['not declared'];
  if (orphaned > 0) notes.push(`${orphaned} orphaned`);
  return notes.join(', ');
}
