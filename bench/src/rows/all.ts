import { appendRows } from './append.js';
import { append10mRow } from './append-10m.js';
import { commandRows } from './command.js';
import { httpDepositRow } from './http-deposit.js';
import { mongodbRows } from './mongodb.js';
import { readRows, scanRow } from './read.js';
import { readModelRows } from './read-models.js';
import type { RowDefinition } from './row.js';
import { watchRows } from './watch.js';
import { writersRow } from './writers.js';

/** Every row, in the order of the table. */
export const allRows: readonly RowDefinition[] = [
  ...appendRows,
  writersRow,
  scanRow,
  ...readRows,
  ...commandRows,
  httpDepositRow,
  ...readModelRows,
  ...mongodbRows,
  ...watchRows,
  append10mRow,
];
