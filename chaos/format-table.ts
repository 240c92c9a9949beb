import type { Row } from './promise.ts';

/** The rows below each other, numbers to the right. */
export function formatTable(rows: readonly Row[]): string {
  const cells = [
    ['promise', 'tried', 'kept', 'goal'],
    ...rows.map(({ promise, tried, kept, goal }) => [promise, ...[tried, kept, goal].map(String)]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column].length)));
  return cells
    .map((row) => row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]) : cell.padStart(widths[n]))).join('  '))
    .join('\n');
}
