import { expect, test } from 'vitest';
import type { ChunkTask } from './chunk-task.ts';
import { groupChunks } from './group-chunks.ts';

const tasks = (cols: number, rows: number): ChunkTask[] =>
  Array.from({ length: cols * rows }, (_, n) => ({ chunk: { col: n % cols, row: Math.floor(n / cols) } }) as ChunkTask);
const placesOf = (group: readonly ChunkTask[]) => group.map(({ chunk: { col, row } }) => `${col},${row}`);
/** Rows and columns of chunks that a group spans: what lies between them is read once. */
const spanOf = (group: readonly ChunkTask[]) => {
  const [cols, rows] = [group.map(({ chunk }) => chunk.col), group.map(({ chunk }) => chunk.row)];
  return [cols, rows].map((values) => Math.max(...values) - Math.min(...values) + 1);
};

test('four of a wide area are squares, and every chunk is in one group', () => {
  const groups = groupChunks(tasks(6, 4), 1, 4);
  expect(groups.map(spanOf)).toEqual(Array.from({ length: 6 }, () => [2, 2]));
  expect(new Set(groups.flatMap(placesOf)).size).toBe(24);
});

test('every process gets a group where there are chunks enough', () => {
  expect(groupChunks(tasks(3, 1), 2, 8).map((group) => group.length)).toEqual([2, 1]);
  expect(groupChunks(tasks(3, 1), 4, 8).map((group) => group.length)).toEqual([1, 1, 1]);
  expect(groupChunks([], 2, 8)).toEqual([]);
});
