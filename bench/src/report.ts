import { peers } from './contender.js';
import type { Environment } from './environment.js';
import type { Unavailable } from './peers/install.js';
import type { Measured, Target } from './rows/row.js';

const COLUMNS = ['row', 'unit', 'everfold', 'limit', 'ratio', ...peers, 'target'];

/** Load a CPU above which samples wait for strangers. */
const BUSY = 0.5;

/** What is said before the first row. */
export function preamble(environment: Environment, unavailable: Unavailable): string {
  const { folder, fileSystem, syncP50Us, machine, loadPerCpu } = environment;
  return [
    machine,
    `${folder}: ${fileSystem}, fdatasync p50 ${syncP50Us.toFixed(0)} µs`,
    unavailable === undefined
      ? 'Peers, both told to sync each commit: event-storage (syncOnFlush: true, one file a stream), @rotorsoft/act-sqlite (WAL, synchronous = FULL).'
      : `No peers: ${unavailable}`,
    ...(loadPerCpu > BUSY
      ? [
          `Others are at work here (load ${loadPerCpu.toFixed(1)} a CPU): do not trust the numbers, repeat them later.`,
        ]
      : []),
  ].join('\n');
}

/** The rows side by side, and below them what did not fit. */
export function table(measured: readonly Measured[]): string {
  const cells = [COLUMNS, ...measured.map(cellsOf)];
  const widths = COLUMNS.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const lines = cells.map((row) =>
    row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  '),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const notes = measured.flatMap(({ row, notes: texts }) =>
    texts.map((text) => `  ${row.name}: ${text}`),
  );
  return [lines[0], rule, ...lines.slice(1), ...(notes.length > 0 ? ['', ...notes] : [])].join(
    '\n',
  );
}

/** Texts to the left, numbers to the right. */
function pad(cell: string, width: number, column: number): string {
  return column < 2 || column === COLUMNS.length - 1 ? cell.padEnd(width) : cell.padStart(width);
}

function cellsOf({ row, targets }: Measured): readonly string[] {
  return [
    row.name,
    row.unit,
    figure(row.value),
    figure(row.limit),
    row.ratio === null ? '–' : row.ratio.toFixed(2),
    ...peers.map((peer) => (row.peers[peer] === null ? 'failed' : figure(row.peers[peer] ?? null))),
    targets.map(verdict).join('; '),
  ];
}

function verdict({ text, reached }: Target): string {
  return `${text} ${reached ? 'reached' : 'NOT REACHED'}`;
}

function figure(value: number | null): string {
  if (value === null) return '–';
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 });
}
