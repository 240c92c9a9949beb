import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { groupRows, readTable } from './delimited-table.ts';

const table = (text: string) => readTable('t.csv', gzipSync(text));

test('reads quoted cells with commas and quotes, and empty cells', () => {
  expect(table('id,label,B02\n7,"Pumpkin, squash and gourds",\n"8","a ""b""",12\n')).toEqual([
    { id: '7', label: 'Pumpkin, squash and gourds', B02: '' },
    { id: '8', label: 'a "b"', B02: '12' },
  ]);
});

test('refuses a row with a cell too few, by its line', () => {
  expect(() => table('a,b\n1,2\n3\n')).toThrow('t.csv, row 3: 1 cells where the header has 2');
});

test('groups rows in the order of the table', () => {
  const groups = groupRows(table('id,v\na,1\nb,2\na,3\n'), 'id');
  expect([...groups.keys()]).toEqual(['a', 'b']);
  expect(groups.get('a')!.map(({ v }) => v)).toEqual(['1', '3']);
});
